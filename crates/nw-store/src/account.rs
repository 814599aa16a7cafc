//! Accounts: who may sign in, with which roles; passwords, second factor, locking, invitations.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::{PasswordHasher as _, PasswordVerifier as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::{Action, AuditOutcome, Event};
use crate::body::text;
use crate::db::{Conn, Row, params};
use crate::time::{from_micros, micros};
use crate::totp::Totp;
use crate::writer::Tx;
use crate::{AccountId, Context, Role, Secret, Store, StoreError, Token, Version};

/// A person who signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// How often it changed.
    pub version: Version,
    /// The name typed at the sign-in; capitals do not matter.
    pub login: String,
    /// The name shown to others.
    pub name: String,
    /// The organisation.
    pub organisation: String,
    /// What the person may be.
    pub roles: Vec<Role>,
    /// `nl` or `en`.
    pub language: String,
    /// Who the hospital's identity provider says it is: issuer and subject, with a space between.
    pub subject: Option<String>,
    /// A password was set.
    pub has_password: bool,
    /// A second factor was set up.
    pub has_second_factor: bool,
    /// Locked after wrong attempts until then.
    pub locked_until: Option<Timestamp>,
    /// Closed since then.
    pub disabled_at: Option<Timestamp>,
    /// Made then.
    pub created_at: Timestamp,
}

/// An account to be made or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAccount {
    /// The name typed at the sign-in.
    pub login: String,
    /// The name shown to others.
    pub name: String,
    /// The organisation.
    pub organisation: String,
    /// What the person may be.
    pub roles: Vec<Role>,
    /// `nl` or `en`.
    pub language: String,
    /// Issuer and subject of an identity provider.
    pub subject: Option<String>,
}

impl NewAccount {
    fn check(&self) -> Result<(), StoreError> {
        text("login", &self.login, 2, 100)?;
        text("name", &self.name, 1, 200)?;
        text("organisation", &self.organisation, 0, 200)?;
        text("language", &self.language, 2, 10)?;
        if self.login.chars().any(char::is_whitespace) {
            return Err(StoreError::invalid("login", "has a space in it", "leave the space out"));
        }
        if self.roles.is_empty() || self.roles.contains(&Role::System) {
            return Err(StoreError::invalid("roles", "are missing", "give at least one role"));
        }
        Ok(())
    }

    fn login(&self) -> String {
        crate::patient::fold(self.login.trim())
    }
}

/// A second factor that waits for its first code.
#[derive(Clone, Debug)]
pub struct SecondFactor {
    /// The secret in base 32, to type into an authenticator.
    pub secret: Secret,
    /// The address for a QR code.
    pub address: Secret,
}

/// Columns of an account, in the order in which [`stored`] reads them.
macro_rules! with_account {
    ($rest:literal) => {
        concat!(
            "SELECT id, login, name, organisation, roles, language, subject, password, totp, totp_pending, totp_step, \
             failures, locked_until, disabled_at, created_at, version FROM account ",
            $rest
        )
    };
}

/// An account with its secrets; never leaves this crate.
pub(crate) struct Stored {
    pub account: Account,
    password: Option<String>,
    totp: Option<Totp>,
    pending: Option<Totp>,
    step: i64,
    failures: i64,
}

pub(crate) fn stored(row: &Row) -> Result<Stored, StoreError> {
    let roles = row.text(4)?;
    let (password, totp) = (row.optional_text(7)?, row.optional_bytes(8)?);
    Ok(Stored {
        account: Account {
            id: AccountId::stored(row.text(0)?),
            login: row.text(1)?,
            name: row.text(2)?,
            organisation: row.text(3)?,
            roles: roles.split(',').map(Role::stored).collect::<Result<_, _>>()?,
            language: row.text(5)?,
            subject: row.optional_text(6)?,
            has_password: password.is_some(),
            has_second_factor: totp.is_some(),
            locked_until: row.optional_int(12)?.map(from_micros).transpose()?,
            disabled_at: row.optional_int(13)?.map(from_micros).transpose()?,
            created_at: from_micros(row.int(14)?)?,
            version: Version(row.int(15)?),
        },
        password,
        totp: totp.map(Totp),
        pending: row.optional_bytes(9)?.map(Totp),
        step: row.int(10)?,
        failures: row.int(11)?,
    })
}

async fn by_id(conn: &mut Conn, id: &AccountId) -> Result<Stored, StoreError> {
    let row = conn.row(with_account!("WHERE id = $1"), params![id.as_str()]).await?;
    stored(&row.ok_or(StoreError::NotFound { what: "account" })?)
}

/// An account by id, for sessions.
pub(crate) async fn account(conn: &mut Conn, id: &AccountId) -> Result<Account, StoreError> {
    Ok(by_id(conn, id).await?.account)
}

fn joined(roles: &[Role]) -> String {
    let mut roles: Vec<Role> = roles.to_vec();
    roles.sort();
    roles.dedup();
    roles.iter().map(|r| r.word()).collect::<Vec<_>>().join(",")
}

fn taken(error: StoreError) -> StoreError {
    match error {
        StoreError::Database(cause) if cause.breaks("login") => {
            StoreError::Duplicate { what: "account", field: "login" }
        }
        StoreError::Database(cause) if cause.breaks("subject") => {
            StoreError::Duplicate { what: "account", field: "subject" }
        }
        error => error,
    }
}

/// A slow fingerprint of a password (argon2id).
async fn hashed(password: &Secret) -> Result<String, StoreError> {
    let long = password.reveal().chars().count();
    if !(12..=200).contains(&long) {
        return Err(StoreError::invalid(
            "password",
            "is too short or too long",
            "use 12 to 200 characters, for example four words",
        ));
    }
    let password = password.clone();
    let made = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password(password.reveal().as_bytes()).map(|hash| hash.to_string())
    });
    made.await.map_err(|_| StoreError::Fault)?.map_err(|_| StoreError::Fault)
}

/// Whether a password fits. Takes as long when there is none, so that nobody can listen for names.
async fn fits(hash: Option<String>, password: &Secret) -> Result<bool, StoreError> {
    /// Of a password that nobody knows; made with the same settings.
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$\
                          Zm9yIG5vYm9keSBhdCBhbGwsIG9ubHkgc2xvd25lc3M";
    let (known, password) = (hash.is_some(), password.clone());
    let hash = hash.unwrap_or_else(|| NOBODY.to_string());
    let tried = tokio::task::spawn_blocking(move || {
        let Ok(hash) = PasswordHash::new(&hash) else { return false };
        Argon2::default().verify_password(password.reveal().as_bytes(), &hash).is_ok()
    });
    Ok(tried.await.map_err(|_| StoreError::Fault)? && known)
}

impl Store {
    /// Makes an account. It has no password: [`Store::invite`] gives the link with which the person sets one.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when the login is taken.
    pub async fn add_account(&self, context: &Context, new: &NewAccount) -> Result<Account, StoreError> {
        new.check()?;
        let event = Event::new(Action::Create, "account");
        let new = new.clone();
        self.write_once(context, event, &new.clone(), move |tx| {
            Box::pin(async move { insert(tx, &new, None).await })
        })
        .await
    }

    /// Changes name, roles, language or subject of an account.
    ///
    /// # Errors
    /// [`StoreError::StaleVersion`], [`StoreError::Duplicate`].
    pub async fn change_account(
        &self,
        context: &Context,
        id: &AccountId,
        base: Version,
        change: &NewAccount,
    ) -> Result<Account, StoreError> {
        change.check()?;
        let event = Event::new(Action::Update, "account").on(id.as_str());
        let (id, change) = (id.clone(), change.clone());
        self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                let now = by_id(&mut tx.conn, &id).await?.account;
                if now.version != base {
                    let newer = now.version;
                    return Err(StoreError::StaleVersion { what: "account", given: base, newer });
                }
                tx.conn
                    .execute(
                        "UPDATE account SET login = $2, name = $3, organisation = $4, roles = $5, language = $6, \
                         subject = $7, version = version + 1 WHERE id = $1",
                        params![
                            id.as_str(),
                            change.login(),
                            &change.name,
                            &change.organisation,
                            joined(&change.roles),
                            &change.language,
                            change.subject.clone(),
                        ],
                    )
                    .await
                    .map_err(taken)?;
                account(&mut tx.conn, &id).await
            })
        })
        .await
    }

    /// Closes an account, or opens it again. Closing ends its sessions.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn close_account(
        &self,
        context: &Context,
        id: &AccountId,
        closed: bool,
    ) -> Result<Account, StoreError> {
        let detail = if closed { "closed" } else { "opened" };
        let event = Event::new(Action::Update, "account").on(id.as_str()).with(detail);
        let id = id.clone();
        self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                let at = closed.then_some(tx.at);
                let sql = "UPDATE account SET disabled_at = $2, failures = 0, locked_until = NULL, \
                           version = version + 1 WHERE id = $1";
                tx.conn.execute(sql, params![id.as_str(), at]).await?;
                if closed {
                    tx.conn.execute("DELETE FROM session WHERE account = $1", params![id.as_str()]).await?;
                }
                account(&mut tx.conn, &id).await
            })
        })
        .await
    }

    /// All accounts, by login.
    ///
    /// # Errors
    /// The database fails.
    pub async fn accounts(&self, context: &Context) -> Result<Vec<Account>, StoreError> {
        let found = async {
            let mut conn = self.glance().await?;
            let rows = conn.rows(with_account!("ORDER BY login"), vec![]).await?;
            rows.iter().map(|r| stored(r).map(|s| s.account)).collect()
        };
        let found = found.await;
        self.seen(context, Event::new(Action::Read, "accounts"), found).await
    }

    /// The account that an identity provider speaks of.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when there is none, or it is closed.
    pub async fn sign_in_as(&self, context: &Context, subject: &str) -> Result<Account, StoreError> {
        let mut conn = self.glance().await?;
        let row = conn.row(with_account!("WHERE subject = $1"), params![subject]).await?;
        drop(conn);
        let found = row.as_ref().map(stored).transpose()?.map(|s| s.account);
        let found = found.filter(|a| a.disabled_at.is_none()).ok_or(StoreError::Refused);
        let mut event = Event::new(Action::SignIn, "account").with("identity provider");
        if let Ok(account) = &found {
            event = event.on(account.id.as_str());
        }
        self.seen(context, event, found).await
    }

    /// Signs in with name, password and, when one was set up, the code of the second factor.
    ///
    /// # Errors
    /// [`StoreError::Refused`] whatever was wrong, [`StoreError::Locked`] after too many attempts,
    /// [`StoreError::CodeNeeded`] when only the code is missing. Each attempt is in the audit log, without what was typed.
    pub async fn sign_in(
        &self,
        context: &Context,
        login: &str,
        password: &Secret,
        code: Option<&Secret>,
    ) -> Result<Account, StoreError> {
        let mut conn = self.glance().await?;
        let login = crate::patient::fold(login.trim()).replace('\0', "");
        let row = conn.row(with_account!("WHERE login = $1"), params![login]).await?;
        drop(conn);
        let found = row.as_ref().map(stored).transpose()?;
        let fitting = fits(found.as_ref().and_then(|f| f.password.clone()), password).await?;
        let Some(found) = found else {
            let event = Event::new(Action::SignIn, "account");
            return self.seen(context, event, Err(StoreError::Refused)).await;
        };
        let (id, code) = (found.account.id, code.cloned());
        let options = (self.options().attempts, self.options().locked_seconds);
        // A wrong attempt counts, so it is written: refusing is an answer here, not an error of the request.
        let answer = self.write(context, vec![], move |tx| {
            Box::pin(async move {
                let answer = attempt(tx, &id, fitting, code.as_ref(), options).await?;
                let mut event = Event::new(Action::SignIn, "account").on(id.as_str());
                if let Err(why) = &answer {
                    event.outcome = AuditOutcome::Refused;
                    event.cause = Some(why.code().to_string());
                }
                tx.note(event);
                Ok(answer)
            })
        });
        answer.await?
    }

    /// Sets a password for an account whose owner is signed in.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the present password does not fit, [`StoreError::Invalid`] when the new one is short.
    pub async fn change_password(
        &self,
        context: &Context,
        id: &AccountId,
        present: &Secret,
        new: &Secret,
    ) -> Result<(), StoreError> {
        let mut conn = self.glance().await?;
        let known = by_id(&mut conn, id).await?.password;
        drop(conn);
        let event = Event::new(Action::Update, "password").on(id.as_str());
        if !fits(known, present).await? {
            return self.seen(context, event, Err(StoreError::Refused)).await;
        }
        let hash = hashed(new).await?;
        let id = id.clone();
        self.write(context, vec![event], move |tx| {
            Box::pin(async move { set_password(tx, &id, &hash).await })
        })
        .await
    }

    /// Begins to set up a second factor; it counts once [`Store::confirm_second_factor`] saw a code of it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn begin_second_factor(
        &self,
        context: &Context,
        id: &AccountId,
        issuer: &str,
    ) -> Result<SecondFactor, StoreError> {
        let totp = Totp::new();
        let event = Event::new(Action::Update, "second-factor").on(id.as_str()).with("begun");
        let (id, bytes) = (id.clone(), totp.0.clone());
        let login = self
            .write(context, vec![event], move |tx| {
                Box::pin(async move {
                    let sql = "UPDATE account SET totp_pending = $2 WHERE id = $1";
                    tx.conn.execute(sql, params![id.as_str(), bytes]).await?;
                    Ok(account(&mut tx.conn, &id).await?.login)
                })
            })
            .await?;
        let secret = totp.typed();
        let plain = |text: &str| -> String {
            text.bytes()
                .map(|b| {
                    let kept = b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
                    if kept { char::from(b).to_string() } else { format!("%{b:02X}") }
                })
                .collect()
        };
        let (issuer, login) = (plain(issuer), plain(&login));
        let address = format!("otpauth://totp/{issuer}:{login}?secret={}&issuer={issuer}", secret.reveal());
        Ok(SecondFactor { secret, address: Secret::new(address) })
    }

    /// Ends the setting up of a second factor with its first code.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the code does not fit.
    pub async fn confirm_second_factor(
        &self,
        context: &Context,
        id: &AccountId,
        code: &Secret,
    ) -> Result<(), StoreError> {
        let event = Event::new(Action::Update, "second-factor").on(id.as_str()).with("confirmed");
        let (id, code) = (id.clone(), code.clone());
        self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                let now = tx.now()?;
                let pending = by_id(&mut tx.conn, &id).await?.pending.ok_or(StoreError::Refused)?;
                let step = pending.step_of(&code, now, 0).ok_or(StoreError::Refused)?;
                let sql = "UPDATE account SET totp = $2, totp_pending = NULL, totp_step = $3, \
                           version = version + 1 WHERE id = $1";
                tx.conn.execute(sql, params![id.as_str(), pending.0, step]).await?;
                Ok(())
            })
        })
        .await
    }

    /// Takes a second factor away: the telephone was lost.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn drop_second_factor(&self, context: &Context, id: &AccountId) -> Result<Account, StoreError> {
        let event = Event::new(Action::Delete, "second-factor").on(id.as_str());
        let id = id.clone();
        self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                let sql = "UPDATE account SET totp = NULL, totp_pending = NULL, version = version + 1 WHERE id = $1";
                tx.conn.execute(sql, params![id.as_str()]).await?;
                account(&mut tx.conn, &id).await
            })
        })
        .await
    }

    /// A link with which somebody sets a password, once: for a new account, or when the password was lost.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn invite(&self, context: &Context, id: &AccountId, seconds: i64) -> Result<Token, StoreError> {
        let token = Token::new();
        let event = Event::new(Action::Create, "invitation").on(id.as_str());
        let (id, kept) = (id.clone(), token.stored());
        self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                account(&mut tx.conn, &id).await?;
                tx.conn.execute("DELETE FROM ticket WHERE account = $1", params![id.as_str()]).await?;
                ticket(tx, kept, "password", Some(&id), seconds).await
            })
        })
        .await?;
        Ok(token)
    }

    /// Sets the password of the account that a link was made for, and opens it when it was locked.
    ///
    /// # Errors
    /// [`StoreError::Expired`] when the link was used or is too old.
    pub async fn accept_invitation(
        &self,
        context: &Context,
        token: &Token,
        password: &Secret,
    ) -> Result<Account, StoreError> {
        let hash = hashed(password).await?;
        let kept = token.stored();
        self.write(context, vec![Event::new(Action::Update, "password")], move |tx| {
            Box::pin(async move {
                let id = redeem(tx, kept, "password").await?.ok_or(StoreError::Corrupt("ticket"))?;
                set_password(tx, &id, &hash).await?;
                account(&mut tx.conn, &id).await
            })
        })
        .await
    }

    /// The link for the first administrator; nothing when there are accounts already. An earlier link ends.
    ///
    /// # Errors
    /// The database fails.
    pub async fn first_link(&self, context: &Context, seconds: i64) -> Result<Option<Token>, StoreError> {
        let token = Token::new();
        let kept = token.stored();
        let event = Event::new(Action::Create, "invitation").with("first administrator");
        let made = self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                if tx.conn.row("SELECT 1 FROM account LIMIT 1", vec![]).await?.is_some() {
                    return Ok(false);
                }
                tx.conn.execute("DELETE FROM ticket WHERE kind = 'first'", vec![]).await?;
                ticket(tx, kept, "first", None, seconds).await?;
                Ok(true)
            })
        });
        Ok(made.await?.then_some(token))
    }

    /// Makes the first administrator with that link.
    ///
    /// # Errors
    /// [`StoreError::Expired`] when the link was used or is too old.
    pub async fn add_first_administrator(
        &self,
        context: &Context,
        token: &Token,
        new: &NewAccount,
        password: &Secret,
    ) -> Result<Account, StoreError> {
        new.check()?;
        let hash = hashed(password).await?;
        let (kept, mut new) = (token.stored(), new.clone());
        if !new.roles.contains(&Role::Administrator) {
            new.roles.push(Role::Administrator);
        }
        let event = Event::new(Action::Create, "account").with("first administrator");
        self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                redeem(tx, kept, "first").await?;
                insert(tx, &new, Some(hash)).await
            })
        })
        .await
    }
}

async fn insert(tx: &mut Tx, new: &NewAccount, hash: Option<String>) -> Result<Account, StoreError> {
    let id = AccountId::new(tx.now()?);
    let at = tx.at;
    tx.conn
        .execute(
            "INSERT INTO account (id, login, name, organisation, roles, language, subject, password, totp_step, \
             failures, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, 1)",
            params![
                id.as_str(),
                new.login(),
                &new.name,
                &new.organisation,
                joined(&new.roles),
                &new.language,
                new.subject.clone(),
                hash,
                at,
            ],
        )
        .await
        .map_err(taken)?;
    account(&mut tx.conn, &id).await
}

async fn set_password(tx: &mut Tx, id: &AccountId, hash: &str) -> Result<(), StoreError> {
    let sql = "UPDATE account SET password = $2, failures = 0, locked_until = NULL, version = version + 1 \
               WHERE id = $1";
    tx.conn.execute(sql, params![id.as_str(), hash]).await?;
    // Whoever sat at another screen with the old password is out.
    tx.conn.execute("DELETE FROM session WHERE account = $1", params![id.as_str()]).await?;
    Ok(())
}

/// One attempt to sign in, counted.
async fn attempt(
    tx: &mut Tx,
    id: &AccountId,
    fitting: bool,
    code: Option<&Secret>,
    (attempts, seconds): (i64, i64),
) -> Result<Result<Account, StoreError>, StoreError> {
    let now = by_id(&mut tx.conn, id).await?;
    let at = tx.now()?;
    if now.account.disabled_at.is_some() {
        return Ok(Err(StoreError::Refused));
    }
    if let Some(until) = now.account.locked_until.filter(|u| *u > at) {
        return Ok(Err(StoreError::Locked { until }));
    }
    let step = match (&now.totp, code) {
        (None, _) => Some(now.step),
        (Some(_), None) if fitting => return Ok(Err(StoreError::CodeNeeded)),
        (Some(_), None) => None,
        (Some(totp), Some(code)) => totp.step_of(code, at, now.step),
    };
    if let (true, Some(step)) = (fitting, step) {
        let sql = "UPDATE account SET failures = 0, locked_until = NULL, totp_step = $2 WHERE id = $1";
        tx.conn.execute(sql, params![id.as_str(), step]).await?;
        return Ok(Ok(Account { locked_until: None, ..now.account }));
    }
    let failures = now.failures + 1;
    let over = failures - attempts;
    let until = (over >= 0).then(|| {
        let doubled = seconds.saturating_mul(1 << over.min(16));
        micros(at) + doubled.min(24 * 60 * 60) * 1_000_000
    });
    let sql = "UPDATE account SET failures = $2, locked_until = $3 WHERE id = $1";
    tx.conn.execute(sql, params![id.as_str(), failures, until]).await?;
    Ok(Err(StoreError::Refused))
}

async fn ticket(
    tx: &mut Tx,
    token: Vec<u8>,
    kind: &str,
    account: Option<&AccountId>,
    seconds: i64,
) -> Result<(), StoreError> {
    let (at, until) = (tx.at, tx.at + seconds.max(0) * 1_000_000);
    tx.conn
        .execute(
            "INSERT INTO ticket (token, kind, account, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
            params![token, kind, account.map(|a| a.as_str().to_string()), at, until],
        )
        .await?;
    Ok(())
}

/// Uses a link up.
async fn redeem(tx: &mut Tx, token: Vec<u8>, kind: &str) -> Result<Option<AccountId>, StoreError> {
    let sql = "SELECT account, expires_at FROM ticket WHERE token = $1 AND kind = $2";
    let row = tx.conn.row(sql, params![token.clone(), kind]).await?;
    let row = row.ok_or(StoreError::Expired { what: "link" })?;
    if row.int(1)? <= tx.at {
        return Err(StoreError::Expired { what: "link" });
    }
    tx.conn.execute("DELETE FROM ticket WHERE token = $1", params![token]).await?;
    Ok(row.optional_text(0)?.map(AccountId::stored))
}

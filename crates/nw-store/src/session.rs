//! Sessions: a secret in a cookie, its fingerprint here; they end by rest, by age, and by signing out.

use jiff::Timestamp;

use crate::audit::{Action, Event};
use crate::db::params;
use crate::time::{from_micros, micros};
use crate::{Account, AccountId, Context, Role, Store, StoreError, Token};

/// A session notes that it was seen at most so often, so that reading a page does not mean writing.
const NOTED_SECONDS: i64 = 30;

/// How a session begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// The role in which the person works.
    pub role: Role,
    /// A second factor was shown, or an identity provider vouched for one.
    pub strong: bool,
    /// Ends after so long without a request.
    pub idle_seconds: i64,
    /// Ends after so long in any case.
    pub whole_seconds: i64,
    /// What the caller wants to remember with it, for example the purpose chosen.
    pub note: String,
}

/// Who sits at a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose it is, with the roles held now.
    pub account: Account,
    /// The role in which the person works.
    pub role: Role,
    /// A second factor was shown.
    pub strong: bool,
    /// What the caller remembers.
    pub note: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was last seen.
    pub seen_at: Timestamp,
    /// When it ends if nothing more is asked.
    pub idle_until: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
}

fn gone() -> StoreError {
    StoreError::Expired { what: "session" }
}

impl Store {
    /// Begins a session after a sign-in.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the account is closed or does not have the role.
    pub async fn begin_session(
        &self,
        context: &Context,
        account: &AccountId,
        new: &NewSession,
    ) -> Result<Token, StoreError> {
        let token = Token::new();
        let (kept, id, new) = (token.stored(), account.clone(), new.clone());
        let event = Event::new(Action::Create, "session").on(account.as_str()).with(new.role.word());
        self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                let account = crate::account::account(&mut tx.conn, &id).await?;
                if account.disabled_at.is_some() || !account.roles.contains(&new.role) {
                    return Err(StoreError::Refused);
                }
                let at = tx.at;
                let second = 1_000_000;
                tx.conn
                    .execute(
                        "INSERT INTO session (token, account, role, strong, note, started_at, seen_at, idle, \
                         expires_at) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)",
                        params![
                            kept,
                            id.as_str(),
                            new.role.word(),
                            i64::from(new.strong),
                            &new.note,
                            at,
                            new.idle_seconds * second,
                            at + new.whole_seconds * second,
                        ],
                    )
                    .await?;
                Ok(())
            })
        })
        .await?;
        Ok(token)
    }

    /// Whose session this is. Being asked for keeps it from ending by rest.
    ///
    /// # Errors
    /// [`StoreError::Expired`] when it ended, or never was.
    pub async fn session(&self, now: Timestamp, token: &Token) -> Result<Session, StoreError> {
        let kept = token.stored();
        let mut conn = self.glance().await?;
        let row = conn
            .row(
                "SELECT account, role, strong, note, started_at, seen_at, idle, expires_at FROM session \
                 WHERE token = $1",
                params![kept.clone()],
            )
            .await?
            .ok_or_else(gone)?;
        let account = crate::account::account(&mut conn, &AccountId::stored(row.text(0)?)).await?;
        drop(conn);
        let role = Role::stored(&row.text(1)?)?;
        let (seen, idle, expires) = (row.int(5)?, row.int(6)?, row.int(7)?);
        let at = micros(now);
        let over = at >= expires || at >= seen.saturating_add(idle);
        if over || account.disabled_at.is_some() || !account.roles.contains(&role) {
            return Err(gone());
        }
        let seen_at = at.max(seen);
        if at - seen >= NOTED_SECONDS * 1_000_000 || at - seen >= idle / 4 {
            let context = Context::system(now, "session");
            self.write(&context, vec![], move |tx| {
                Box::pin(async move {
                    let sql = "UPDATE session SET seen_at = $2 WHERE token = $1 AND seen_at < $2";
                    tx.conn.execute(sql, params![kept, at]).await?;
                    Ok(())
                })
            })
            .await?;
        }
        Ok(Session {
            account,
            role,
            strong: row.int(2)? != 0,
            note: row.text(3)?,
            started_at: from_micros(row.int(4)?)?,
            seen_at: from_micros(seen_at)?,
            idle_until: from_micros(seen_at.saturating_add(idle).min(expires))?,
            expires_at: from_micros(expires)?,
        })
    }

    /// Changes the role or the note of a session.
    ///
    /// # Errors
    /// [`StoreError::Expired`], [`StoreError::Refused`] when the account does not have the role.
    pub async fn change_session(
        &self,
        context: &Context,
        token: &Token,
        role: Role,
        note: &str,
    ) -> Result<(), StoreError> {
        let (kept, note) = (token.stored(), note.to_string());
        let event = Event::new(Action::Update, "session").with(role.word());
        self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                let sql = "SELECT account FROM session WHERE token = $1";
                let row = tx.conn.row(sql, params![kept.clone()]).await?.ok_or_else(gone)?;
                let id = AccountId::stored(row.text(0)?);
                if !crate::account::account(&mut tx.conn, &id).await?.roles.contains(&role) {
                    return Err(StoreError::Refused);
                }
                let sql = "UPDATE session SET role = $2, note = $3 WHERE token = $1";
                tx.conn.execute(sql, params![kept, role.word(), note]).await?;
                Ok(())
            })
        })
        .await
    }

    /// Signs out.
    ///
    /// # Errors
    /// The database fails. A session that ended before is no error.
    pub async fn end_session(&self, context: &Context, token: &Token) -> Result<(), StoreError> {
        let kept = token.stored();
        self.write(context, vec![Event::new(Action::SignOut, "session")], move |tx| {
            Box::pin(async move {
                tx.conn.execute("DELETE FROM session WHERE token = $1", params![kept]).await?;
                Ok(())
            })
        })
        .await
    }

    /// Ends every session of an account; tells how many there were.
    ///
    /// # Errors
    /// The database fails.
    pub async fn end_sessions_of(&self, context: &Context, account: &AccountId) -> Result<u64, StoreError> {
        let event = Event::new(Action::SignOut, "sessions").on(account.as_str());
        let id = account.clone();
        self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                tx.conn.execute("DELETE FROM session WHERE account = $1", params![id.as_str()]).await
            })
        })
        .await
    }

    /// Takes away what has run out: sessions, links, answers kept for repeated requests. Tells how many.
    ///
    /// # Errors
    /// The database fails.
    pub async fn tidy_up(&self, context: &Context, answers_kept_seconds: i64) -> Result<u64, StoreError> {
        self.write(context, vec![Event::new(Action::Execute, "housekeeping")], move |tx| {
            Box::pin(async move {
                let at = tx.at;
                let old = at - answers_kept_seconds * 1_000_000;
                let sessions = "DELETE FROM session WHERE expires_at <= $1 OR seen_at + idle <= $1";
                let mut gone = tx.conn.execute(sessions, params![at]).await?;
                gone += tx.conn.execute("DELETE FROM ticket WHERE expires_at <= $1", params![at]).await?;
                gone += tx.conn.execute("DELETE FROM answered WHERE recorded_at < $1", params![old]).await?;
                Ok(gone)
            })
        })
        .await
    }
}

//! Settings of a centre: small texts with a name. Each change is kept.

use crate::audit::{Action, Event};
use crate::body::text;
use crate::db::params;
use crate::{Context, Store, StoreError, Version};

/// Years that the law asks to keep a record after its last change (in the Netherlands twenty, art. 7:454 BW).
/// It is data: another country sets another number.
pub const RETENTION_YEARS: &str = "retention.years";

/// A setting as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// What it is set to.
    pub value: String,
    /// How often it changed; nought when it was never set.
    pub version: Version,
}

impl Store {
    /// A setting; empty, with version nought, when it was never set.
    ///
    /// # Errors
    /// The database fails.
    pub async fn setting(&self, name: &str) -> Result<Setting, StoreError> {
        let mut conn = self.glance().await?;
        let sql = "SELECT value, version FROM setting WHERE name = $1 ORDER BY version DESC LIMIT 1";
        let row = conn.row(sql, params![name]).await?;
        Ok(match row {
            Some(row) => {
                Setting { name: name.to_string(), value: row.text(0)?, version: Version(row.int(1)?) }
            }
            None => Setting { name: name.to_string(), value: String::new(), version: Version(0) },
        })
    }

    /// All settings, by name.
    ///
    /// # Errors
    /// The database fails.
    pub async fn settings(&self) -> Result<Vec<Setting>, StoreError> {
        let mut conn = self.glance().await?;
        let sql = "SELECT s.name, s.value, s.version FROM setting s WHERE NOT EXISTS \
                   (SELECT 1 FROM setting n WHERE n.name = s.name AND n.version > s.version) ORDER BY s.name";
        let rows = conn.rows(sql, vec![]).await?;
        rows.iter()
            .map(|r| Ok(Setting { name: r.text(0)?, value: r.text(1)?, version: Version(r.int(2)?) }))
            .collect()
    }

    /// Sets a setting.
    ///
    /// # Errors
    /// [`StoreError::StaleVersion`] when somebody else set it since.
    pub async fn set(
        &self,
        context: &Context,
        name: &str,
        base: Version,
        value: &str,
    ) -> Result<Setting, StoreError> {
        text("setting", name, 1, 100)?;
        text("setting", value, 0, 100_000)?;
        let event = Event::new(Action::Update, "setting").on(name);
        let (name, value, who) = (name.to_string(), value.to_string(), context.account());
        self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                let sql = "SELECT COALESCE(MAX(version), 0) FROM setting WHERE name = $1";
                let row = tx.conn.row(sql, params![&name]).await?.ok_or(StoreError::Fault)?;
                let newer = Version(row.int(0)?);
                if newer != base {
                    return Err(StoreError::StaleVersion { what: "setting", given: base, newer });
                }
                let (at, version) = (tx.at, Version(base.0 + 1));
                tx.conn
                    .execute(
                        "INSERT INTO setting (name, version, value, recorded_at, recorded_by) \
                         VALUES ($1, $2, $3, $4, $5)",
                        params![&name, version.0, &value, at, who],
                    )
                    .await?;
                Ok(Setting { name, value, version })
            })
        })
        .await
    }
}

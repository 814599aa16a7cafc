//! What all requests share, and the loop that answers them.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use jiff::Timestamp;
use nw_guideline::CompiledGuideline;
use nw_store::{Context, Store};
use tokio::net::TcpListener;

use crate::desk::Desk;
use crate::oidc::{Provider, ProviderSettings};

/// How the workbench runs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where the record lies: `sqlite:record.db`, `postgres://…`.
    pub database: String,
    /// The name of the centre, shown on every page and letter.
    pub organisation: String,
    /// Whose paper it is: head, telephone, logo and closed days.
    pub house: nw_leaflet::House,
    /// The record holds invented patients only, and says so on every page.
    pub demo: bool,
    /// The pages are reached by HTTPS (through a proxy): cookies are sent that way only.
    pub https: bool,
    /// The hospital's identity provider; without one there are local accounts only.
    pub provider: Option<ProviderSettings>,
}

/// What all requests share.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// The inside of [`App`].
pub struct Inner {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) guideline: &'static CompiledGuideline,
    pub(crate) desk: Desk,
    pub(crate) cache: crate::pages::cases::Cache,
    pub(crate) limit: crate::limit::Limit,
    pub(crate) provider: Option<Arc<Provider>>,
    /// Schedules and the settings of the centre, when the calendar is in use.
    pub(crate) calendar: OnceLock<(nw_calendar::Schedules, nw_calendar::Settings)>,
    /// CDS Hooks, when the hospital's own program calls.
    pub(crate) hooks: OnceLock<crate::hooks::Desk>,
    /// FHIR over HTTP, when there is a mapping.
    pub(crate) fhir: OnceLock<crate::fhir::Desk>,
    /// Records that may launch the workbench, when there are any.
    pub(crate) smart: OnceLock<crate::smart::Desk>,
    /// What is counted of the whole record, when there are figures.
    pub(crate) counting: OnceLock<crate::pages::figures::Counting>,
    /// How reports say facts, when reports are read.
    pub(crate) grammar: OnceLock<Arc<nw_extract::Grammar>>,
    clock: fn() -> SystemTime,
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// The workbench over an open record. The clock is passed in, so that tests stand still.
    ///
    /// # Errors
    /// The identity provider would not be reached safely; the text says why.
    pub fn new(
        settings: Settings,
        store: Store,
        guideline: &'static CompiledGuideline,
        clock: fn() -> SystemTime,
    ) -> Result<App, String> {
        let desk = Desk::new(guideline);
        let provider = settings.provider.clone().map(Provider::new).transpose().map_err(|t| t.0)?;
        Ok(App(Arc::new(Inner {
            settings,
            store,
            guideline,
            desk,
            cache: Default::default(),
            limit: crate::limit::Limit::default(),
            provider: provider.map(Arc::new),
            calendar: OnceLock::new(),
            counting: OnceLock::new(),
            grammar: OnceLock::new(),
            hooks: OnceLock::new(),
            fhir: OnceLock::new(),
            smart: OnceLock::new(),
            clock,
        })))
    }

    /// The same workbench with schedules to plan by. What was given first stays.
    #[must_use]
    pub fn planning_with(self, schedules: nw_calendar::Schedules, settings: nw_calendar::Settings) -> App {
        if self.calendar.set((schedules, settings)).is_err() {
            tracing::warn!("the calendar already has its schedules");
        }
        self
    }

    /// The same workbench with patterns to read reports by. What was given first stays.
    #[must_use]
    pub fn reading_with(self, grammar: nw_extract::Grammar) -> App {
        if self.grammar.set(Arc::new(grammar)).is_err() {
            tracing::warn!("the workbench already has its patterns");
        }
        self
    }

    /// The same workbench with figures of the whole record for the analyst. What was given first stays.
    ///
    /// # Errors
    /// The definition names something that the guideline does not have; the text says what.
    pub fn counting_with(self, definition: nw_registry::analysis::Definition) -> Result<App, nw_facts::Text> {
        use nw_registry::analysis::Patients;
        Patients::new(self.guideline, &definition, &nw_engine::Options::default()).map_err(|f| f.text())?;
        if self.counting.set(crate::pages::figures::Counting::new(definition)).is_err() {
            tracing::warn!("the workbench already has its figures");
        }
        Ok(self)
    }

    /// The same workbench with an ear for the hospital's own program (CDS Hooks). What was given first stays.
    #[must_use]
    pub fn answering_hooks(
        self,
        settings: crate::HooksSettings,
        hooks: nw_hooks::Hooks,
        mapping: nw_fhir::Mapping,
    ) -> App {
        if self.hooks.set(crate::hooks::Desk::new(settings, hooks, mapping)).is_err() {
            tracing::warn!("the workbench already answers hooks");
        }
        self
    }

    /// The same workbench with FHIR over HTTP. What was given first stays.
    #[must_use]
    pub fn speaking_fhir(self, mapping: nw_fhir::Mapping) -> App {
        if self.fhir.set(crate::fhir::Desk::new(mapping)).is_err() {
            tracing::warn!("the workbench already speaks FHIR");
        }
        self
    }

    /// The same workbench, launched by electronic records (SMART). What was given first stays.
    #[must_use]
    pub fn launched_by(self, settings: crate::SmartSettings) -> App {
        if self.smart.set(crate::smart::Desk::new(settings)).is_err() {
            tracing::warn!("the workbench already knows who may launch it");
        }
        self
    }

    /// The record.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The address of the page for the first administrator; nothing once there are accounts.
    ///
    /// # Errors
    /// The record refuses.
    pub async fn first_link(&self, seconds: i64) -> Result<Option<String>, nw_store::StoreError> {
        let token = self.store.first_link(&own(self), seconds).await?;
        Ok(token.map(|token| format!("/first/{}", token.reveal())))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        Timestamp::try_from((self.clock)()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Today, where the program runs.
    pub fn today(&self) -> nw_facts::Date {
        self.now().to_zoned(jiff::tz::TimeZone::system()).date()
    }
}

/// Answers requests until the program is asked to stop. `ready` is told the address.
///
/// # Errors
/// The address cannot be listened on.
pub async fn serve(app: App, ready: impl FnOnce(SocketAddr)) -> std::io::Result<()> {
    let listener = TcpListener::bind(app.settings.listen).await?;
    ready(listener.local_addr()?);
    let store = app.store.clone();
    tokio::spawn(crate::pages::brief::warm(app.clone()));
    let service = crate::router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(asked_to_stop()).await?;
    store.close().await;
    Ok(())
}

async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        match terminate {
            Ok(mut terminate) => tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}

/// A context for what the program does on its own account.
pub(crate) fn own(app: &App) -> Context {
    Context::system(app.now(), "web")
}

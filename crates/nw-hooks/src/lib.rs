//! CDS Hooks 2.0 as values: requests in, cards out; no disk, network, clock or chance.
//!
//! Road: `knowledge/hooks/*.toml` becomes [`Hooks`]; the bytes of a call become a [`Request`]; its draft orders become
//! [`Order`]s, which [`Hooks::facts`] adds to what the record says; what the engine draws from that becomes [`Card`]s.
//!
//! Nothing that a client sends as words is repeated: a card holds texts of the knowledge, codes and ids alone.

mod card;
mod data;
mod feedback;
mod once;
mod orders;
mod request;
mod write;

pub use card::{Action, Card, Coding, Indicator, Link, Source, Suggestion};
pub use data::{Fault, Hooks, Service};
pub use feedback::{Feedback, Outcome, feedback};
pub use orders::{Act, Order};
pub use request::{Authorization, Context, Hook, Refusal, Request};
pub use write::{Asked, Frame};

/// The files that ship with the program, as (name, text).
pub const SHIPPED: &[(&str, &str)] = &[
    ("hooks/10-services.toml", include_str!("../../../knowledge/hooks/10-services.toml")),
    ("hooks/20-orders.toml", include_str!("../../../knowledge/hooks/20-orders.toml")),
    ("hooks/30-cards.toml", include_str!("../../../knowledge/hooks/30-cards.toml")),
];

/// How long the summary of a card may be: fewer than this many characters, as the standard says.
pub const SUMMARY: usize = 140;

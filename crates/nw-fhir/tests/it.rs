//! What an import gives, told by bundles in `bundles/` with what is expected beside them.

#[path = "it/cases.rs"]
mod cases;
#[path = "it/codes.rs"]
mod codes;
#[path = "it/round.rs"]
mod round;
#[path = "it/shipped.rs"]
mod shipped;

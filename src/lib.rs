//! The storage kernel of AI-agent orchestrators.

pub mod models;
pub mod schema;
pub mod types;

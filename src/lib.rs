//! The storage kernel of AI-agent orchestrators.

pub mod types;

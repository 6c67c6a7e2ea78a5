//! The mechanics of exported functions: the boundary, handles, inputs and outputs.

pub mod backup_policy;
pub mod boundary;
pub mod buffer;
pub mod call;
pub mod callback_thread;
pub mod error;
pub mod exclusive;
pub mod factory;
pub mod handle;
pub mod host_context;
pub mod json;
pub mod log;
pub mod open_transaction;
pub mod options;
pub mod output;
pub mod prelude;
pub mod progress;
pub mod row_stream;
pub mod scalars;
pub mod session;
pub mod status;
pub mod store_config;
pub mod store_options;
pub mod text;
pub mod writer;

//! Items that every module of exported functions uses: the macro, and the types in signatures.

pub(crate) use super::buffer::orchestra_buffer;
pub(crate) use super::call::call;
pub(crate) use super::error::orchestra_error;
pub(crate) use super::session::orchestra_store;
pub(crate) use super::status::orchestra_status;

//! Generic reading of the rows of any entity. `services::data` adds the writing, and is the public name of both.

mod aggregate;
mod answer;
mod include;
mod read;

pub use aggregate::*;
pub use answer::*;
pub use include::*;
pub(crate) use read::find_visible;
pub use read::*;

pub use crate::rows::answer_size::MAX_ANSWER_BYTES;

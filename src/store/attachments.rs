//! State that the layers above keep with an open store, without the store knowing its type.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// One value of each type that was requested.
#[derive(Default)]
pub(super) struct Attachments(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Attachments {
    /// Returns the value of this type, which is created on the first request.
    pub(super) fn get<T: Any + Send + Sync + Default>(&self) -> Arc<T> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let value = values
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Arc::new(T::default()));
        // The key is the type, so that the other branch is never taken.
        Arc::clone(value).downcast().unwrap_or_default()
    }
}

impl fmt::Debug for Attachments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachments").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_type_has_one_value() {
        let attachments = Attachments::default();
        let count = attachments.get::<AtomicUsize>();
        count.store(3, Ordering::Relaxed);
        assert_eq!(*attachments.get::<u8>(), 0);
        let again = attachments.get::<AtomicUsize>();
        assert_eq!(again.load(Ordering::Relaxed), 3);
    }
}

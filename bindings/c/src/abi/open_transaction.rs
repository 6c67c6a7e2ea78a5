//! A transaction that several handles of C share, and that one thread at a time uses.

use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, Ordering};

use kernel::{Error, ErrorCode, Result, Transaction};

use crate::abi::exclusive::Exclusive;

/// A transaction until it ends.
pub(crate) struct OpenTransaction {
    transaction: Exclusive<Option<Transaction>>,
    /// Whether the call that uses it now has to roll it back.
    is_abandoned: AtomicBool,
}

impl OpenTransaction {
    pub(crate) fn new(transaction: Transaction) -> Self {
        Self {
            transaction: Exclusive::new("orchestra_transaction", Some(transaction)),
            is_abandoned: AtomicBool::new(false),
        }
    }

    /// Runs `work` unless the transaction has ended, or another call uses it.
    pub(crate) fn use_by_one<T>(
        &self,
        work: impl FnOnce(&mut Transaction) -> Result<T>,
    ) -> Result<T> {
        let mut guard = self.lock()?;
        let done = guard.as_mut().ok_or_else(ended).and_then(work);
        drop(guard);
        // A call that abandoned it meanwhile couldn't roll it back itself.
        self.roll_back_if_abandoned();
        done
    }

    /// Commits the transaction.
    pub(crate) fn commit(&self) -> Result<()> {
        self.take()?.commit()
    }

    /// Rolls the transaction back.
    pub(crate) fn roll_back(&self) -> Result<()> {
        self.take().map(Transaction::rollback)
    }

    /// Rolls the transaction back, now or as soon as no call uses it, without waiting.
    pub(crate) fn abandon(&self) {
        self.is_abandoned.store(true, Ordering::SeqCst);
        self.roll_back_if_abandoned();
    }

    fn roll_back_if_abandoned(&self) {
        if self.is_abandoned.load(Ordering::SeqCst)
            && let Ok(mut guard) = self.lock()
        {
            drop(guard.take());
        }
    }

    fn take(&self) -> Result<Transaction> {
        self.lock()?.take().ok_or_else(ended)
    }

    fn lock(&self) -> Result<MutexGuard<'_, Option<Transaction>>> {
        self.transaction.lock().map_err(|misuse| {
            // The call that holds it may be rolling it back.
            if self.is_abandoned.load(Ordering::SeqCst) {
                ended()
            } else {
                misuse
            }
        })
    }
}

fn ended() -> Error {
    Error::new(ErrorCode::Closed, "orchestra_transaction: it has ended")
}

#[cfg(test)]
mod tests {
    use kernel::{Store, StoreConfig};

    use super::*;

    #[test]
    fn to_others_it_has_ended_while_it_is_being_rolled_back() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(StoreConfig::new(directory.path().join("t.db"))).unwrap();
        let open = OpenTransaction::new(store.begin().unwrap());
        let code_for_others = || open.use_by_one(|_| Ok(())).map_err(|e| e.code());

        let seen = open.use_by_one(|_| {
            let before = code_for_others();
            open.abandon();
            Ok((before, code_for_others()))
        });

        let expected = (Err(ErrorCode::Misuse), Err(ErrorCode::Closed));
        assert_eq!(seen.unwrap(), expected);
        assert_eq!(code_for_others(), Err(ErrorCode::Closed));
    }
}

//! Transactions that several calls share.

use std::sync::Arc;

use crate::abi::handle::opaque;
use crate::abi::open_transaction::OpenTransaction;
use crate::abi::prelude::*;
use crate::abi::session::Session;

/// An open transaction. One thread at a time uses it, and the handles that were made from it; a call
/// that meets another one is ORCHESTRA_MISUSE.
pub struct orchestra_transaction {
    _opaque: [u8; 0],
}

opaque!(orchestra_transaction, b"orch_tra", TransactionOwner);

/// The owner of a transaction, which rolls it back when it is dropped, whoever else refers to it.
pub(crate) struct TransactionOwner {
    session: Session,
    open: Arc<OpenTransaction>,
}

impl Drop for TransactionOwner {
    fn drop(&mut self) {
        self.open.abandon();
    }
}

/// Begins a transaction: what is done through the handle that orchestra_transaction_store() gives is
/// committed together, or not at all.
///
/// It holds the write lock until it ends: other writes, also those of this thread through other
/// handles, wait for it up to the busy timeout. `store` is any handle but one of a transaction, which
/// is ORCHESTRA_MISUSE. The transaction belongs to the caller, who frees it with
/// orchestra_transaction_free(). It keeps the store alive.
///
///     orchestra_transaction *transaction;
///     orchestra_store *inside;
///     if (orchestra_transaction_begin(store, &transaction, &error) == ORCHESTRA_OK) {
///         if (orchestra_transaction_store(transaction, &inside, &error) == ORCHESTRA_OK &&
///             orchestra_agent_heartbeat(inside, id, id_len, &error) == ORCHESTRA_OK) {
///             orchestra_transaction_commit(transaction, &error);
///         }
///         orchestra_store_free(inside);
///         orchestra_transaction_free(transaction);
///     }
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_transaction_begin(
    store: *const orchestra_store,
    transaction: *mut *mut orchestra_transaction,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(transaction.begin writes [Misuse]; error; whole store -> required transaction => {
        transaction.set_handle(TransactionOwner {
            open: Arc::new(OpenTransaction::new(store.begin()?)),
            session: Session::from(store.clone()),
        });
    })
}

/// Gives a handle whose operations are part of a transaction: all functions that read or write rows
/// take it. Those that concern the database as a whole, such as a backup, are ORCHESTRA_MISUSE.
///
/// An operation that fails has undone what it wrote, and nothing else of the transaction. Where a
/// failure of the machine, or a statement that was cancelled while it wrote, rolled back the
/// transaction itself, what comes later is ORCHESTRA_CLOSED, as it is after the transaction has
/// ended. The handle belongs to the caller, who frees it with orchestra_store_free(), before or after
/// the transaction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_transaction_store(
    transaction: *const orchestra_transaction,
    store: *mut *mut orchestra_store,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(transaction.store; error; borrow transaction -> required store => {
        store.set_handle(transaction.session.inside(Arc::clone(&transaction.open)));
    })
}

/// Commits a transaction, which has ended then, however that goes. References to rows that aren't
/// there are found now, and are ORCHESTRA_CONSTRAINT_VIOLATION.
///
/// On failure nothing was written, but for ORCHESTRA_OUTCOME_UNKNOWN. The handle still has to be
/// freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_transaction_commit(
    transaction: *const orchestra_transaction,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(transaction.commit writes [ConstraintViolation, OutcomeUnknown]; error;
          borrow transaction => {
        transaction.open.commit()?;
    })
}

/// Undoes what was written in a transaction, which has ended then. The handle still has to be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_transaction_rollback(
    transaction: *const orchestra_transaction,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(transaction.rollback writes; error; borrow transaction => {
        transaction.open.roll_back()?;
    })
}

/// Frees a transaction, and rolls it back unless it has ended; where another thread is in the middle
/// of an operation of it, as soon as that is done. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_transaction_free(transaction: *mut orchestra_transaction) {
    call!(transaction.free; release transaction)
}

using System;

namespace Orchestra.Store
{
    /// <summary>An open transaction, for one thread at a time. Disposing it rolls back what was not
    /// committed.</summary>
    public sealed unsafe class OrchestraTransaction : IDisposable
    {
        private readonly TransactionHandle _handle;

        internal OrchestraTransaction(orchestra_transaction* transaction, OrchestraStore store)
        {
            _handle = new TransactionHandle(transaction);
            Store = store;
        }

        /// <summary>The store whose operations are part of the transaction. It is disposed with it.</summary>
        public OrchestraStore Store { get; private set; }

        /// <summary>Commits what was written; the transaction has ended then, however that goes.</summary>
        public void Commit() =>
            _handle.Call((native, error) => NativeMethods.orchestra_transaction_commit((orchestra_transaction*)native, error));

        /// <summary>Undoes what was written; the transaction has ended then.</summary>
        public void Rollback() =>
            _handle.Call((native, error) => NativeMethods.orchestra_transaction_rollback((orchestra_transaction*)native, error));

        /// <summary>Ends the transaction, if it hasn't.</summary>
        public void Dispose()
        {
            Store.Dispose();
            _handle.Dispose();
        }
    }

    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Begins a transaction: what is done through its <see cref="OrchestraTransaction.Store"/>
        /// is committed together, or not at all. Other writes wait meanwhile.</summary>
        public OrchestraTransaction BeginTransaction()
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_transaction* transaction;
                orchestra_error* error;
                int status = NativeMethods.orchestra_transaction_begin(call.Store, &transaction, &error);
                OrchestraException.ThrowIfFailed(status, error);
                orchestra_store* store;
                status = NativeMethods.orchestra_transaction_store(transaction, &store, &error);
                if (status != 0)
                {
                    NativeMethods.orchestra_transaction_free(transaction);
                }
                OrchestraException.ThrowIfFailed(status, error);
                return new OrchestraTransaction(transaction, new OrchestraStore(store));
            }
        }
    }
}

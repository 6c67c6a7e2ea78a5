using System;

namespace Orchestra.Store
{
    /// <summary>The library refused or failed to do something. Nothing was changed then, unless
    /// <see cref="Code"/> is <see cref="OrchestraErrorCode.OutcomeUnknown"/>.</summary>
    public sealed class OrchestraException : Exception
    {
        private OrchestraException(int status, ErrorHandle error)
            : base(error.Message ?? "orchestra_store failed with status " + status)
        {
            Code = (OrchestraErrorCode)error.Code;
            SqliteCode = error.SqliteCode;
            IsRetryable = error.IsRetryable;
            Details = error.Details ?? "{}";
        }

        /// <summary>What went wrong, for programs.</summary>
        public OrchestraErrorCode Code { get; private set; }

        /// <summary>SQLite's extended result code; 0 where SQLite was not involved.</summary>
        public int SqliteCode { get; private set; }

        /// <summary>Whether the same call may succeed later.</summary>
        public bool IsRetryable { get; private set; }

        /// <summary>A JSON object with those of Entity, Id, Column (or the name of the argument),
        /// Constraint, From, To, Index, SqliteCode that are known.</summary>
        public string Details { get; private set; }

        /// <summary>Throws if a call failed. Frees its error.</summary>
        internal static unsafe void ThrowIfFailed(int status, orchestra_error* error)
        {
            using (var handle = new ErrorHandle(error))
            {
                if (status != NativeMethods.ORCHESTRA_OK)
                {
                    throw new OrchestraException(status, handle);
                }
            }
        }
    }
}

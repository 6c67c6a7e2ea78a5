using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Does what is due, as far as the budget goes. A host calls it every few seconds; the library
        /// has no threads of its own.</summary>
        /// <param name="budget">How long it may take; <c>null</c> for a second.</param>
        /// <param name="maxRuns">How many batches it may do; <c>null</c> for any number.</param>
        /// <returns>A JSON object: Steps (Step, Runs, Count, More, Error), MoreDue, Size.</returns>
        public string Maintain(TimeSpan? budget = null, int? maxRuns = null) =>
            CallForText((store, report, error) => NativeMethods.orchestra_store_maintain(
                store, Milliseconds.OrDefault("budget", budget), checked((uint)(maxRuns ?? 0)), report, error));

        /// <summary>Tells what <see cref="Maintain"/> would do: one batch of each step is done in a transaction
        /// that is rolled back.</summary>
        /// <returns>What <see cref="Maintain"/> gives.</returns>
        public string MaintainDryRun() => CallForText(NativeMethods.orchestra_store_maintain_dry_run);
    }
}

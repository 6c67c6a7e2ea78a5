//! Enums of tasks.

use super::stored_enum;

stored_enum! {
    /// The place of a task on its way through the queue.
    ///
    /// ```
    /// use orchestra_store::types::TaskStatus;
    ///
    /// let status: TaskStatus = "inprogress".parse()?;
    /// assert_eq!(status, TaskStatus::InProgress);
    /// assert_eq!((status.name(), status.number()), ("InProgress", 2));
    /// assert_eq!(TaskStatus::try_from(2)?, status);
    /// # Ok::<(), orchestra_store::types::InvalidValue>(())
    /// ```
    #[derive(Default)]
    TaskStatus("task status") {
        /// The task waits to be claimed.
        #[default]
        Pending = 0,
        /// An agent has claimed the task and not started.
        Assigned = 1,
        /// An agent works on the task.
        InProgress = 2,
        /// The task ended with success.
        Completed = 3,
        /// The task ended without success and isn't tried again by itself.
        Failed = 4,
        /// The task was called off.
        Cancelled = 5,
    }
}

stored_enum! {
    /// The order in which tasks are claimed: the one with the higher priority comes first.
    #[derive(Default)]
    TaskPriority("task priority") {
        /// The task is claimed when nothing else waits.
        Low = 0,
        /// The task is claimed in the usual order.
        #[default]
        Normal = 1,
        /// The task is claimed before the usual ones.
        High = 2,
        /// The task is claimed before everything else.
        Critical = 3,
    }
}

stored_enum! {
    /// The fate of a task when one that it depends on fails or is cancelled.
    #[derive(Default)]
    FailurePolicy("failure policy") {
        /// The task waits on: a retry may still complete the other one.
        #[default]
        Block = 0,
        /// The task is cancelled.
        Cancel = 1,
    }
}

impl TaskStatus {
    /// States of a task that hasn't ended.
    pub(crate) const OPEN: [Self; 3] = [Self::Pending, Self::Assigned, Self::InProgress];
    /// States of a task that somebody has: with a lease, or started without one.
    pub(crate) const ASSIGNED: [Self; 2] = [Self::Assigned, Self::InProgress];
}

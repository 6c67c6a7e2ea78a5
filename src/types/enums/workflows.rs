//! Enums of workflows and their approvals.

use super::stored_enum;

stored_enum! {
    /// The state of an execution of a workflow.
    #[derive(Default)]
    WorkflowExecutionStatus("workflow execution status") {
        /// The execution hasn't started.
        #[default]
        Pending = 0,
        /// The tasks of the execution are being worked on.
        Running = 1,
        /// The execution is held, and can go on.
        Paused = 2,
        /// The execution ended with success.
        Completed = 3,
        /// The execution ended without success.
        Failed = 4,
        /// The execution was called off.
        Cancelled = 5,
    }
}

stored_enum! {
    /// The outcome of a request for approval.
    #[derive(Default)]
    ApprovalStatus("approval status") {
        /// Nobody has decided yet.
        #[default]
        Pending = 1,
        /// The request was granted.
        Approved = 2,
        /// The request was denied.
        Rejected = 3,
        /// The request was withdrawn before a decision.
        Cancelled = 4,
    }
}

stored_enum! {
    /// The reaction of an execution to a task of a stage that failed or was cancelled.
    #[derive(Default)]
    StageFailurePolicy("stage failure policy") {
        /// The execution fails at once.
        #[default]
        Fail = 0,
        /// The stages that wait for the stage run nevertheless.
        Continue = 1,
        /// The failed tasks are retried, and the execution fails if that doesn't help.
        Retry = 2,
    }
}

impl WorkflowExecutionStatus {
    /// States of an execution that hasn't ended.
    pub(crate) const OPEN: [Self; 3] = [Self::Pending, Self::Running, Self::Paused];
}

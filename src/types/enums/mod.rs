//! Statuses, kinds and levels.

mod agents;
mod chat;
mod logs;
mod preferences;
mod repositories;
mod stored_enum;
mod tasks;
mod workflows;

pub use agents::{AgentStatus, SelectionStrategy, SessionStatus};
pub use chat::{DeliveryStatus, MessageType};
pub use logs::{ChangeAction, ErrorSeverity, RiskLevel};
pub use preferences::PreferenceType;
pub use repositories::{AccessLevel, RepositoryType};
pub use tasks::{FailurePolicy, TaskPriority, TaskStatus};
pub use workflows::{ApprovalStatus, StageFailurePolicy, WorkflowExecutionStatus};

use stored_enum::stored_enum;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The numbers that hosts already have in their databases.
    #[test]
    fn numbers_and_names_never_change() {
        macro_rules! assert_values {
            ($($enum:ident: $values:literal)+) => {
                $(
                    let values: Vec<_> = $enum::ALL
                        .iter()
                        .map(|value| format!("{} {}", value.name(), value.number()))
                        .collect();
                    assert_eq!(values.join(", "), $values, stringify!($enum));
                )+
            };
        }
        assert_values! {
            AgentStatus: "Unknown 0, Idle 1, Busy 2, Offline 3, Error 4"
            TaskStatus: "Pending 0, Assigned 1, InProgress 2, Completed 3, Failed 4, Cancelled 5"
            TaskPriority: "Low 0, Normal 1, High 2, Critical 3"
            RepositoryType: "Git 0, Svn 1, Local 2, Remote 3"
            AccessLevel: "Private 0, Team 1, Public 2"
            PreferenceType: "UI 0, Behavior 1, Performance 2, Security 3, Integration 4"
            MessageType: "User 0, System 1, Agent 2"
            DeliveryStatus: "Pending 0, Sent 1, Delivered 2, Read 3, Failed 4"
            WorkflowExecutionStatus: "Pending 0, Running 1, Paused 2, Completed 3, Failed 4, Cancelled 5"
            RiskLevel: "Low 0, Medium 1, High 2, Critical 3"
            ChangeAction: "Create 0, Update 1, Delete 2, Restore 3"
            ErrorSeverity: "Trace 0, Debug 1, Information 2, Warning 3, Error 4, Critical 5"
            SessionStatus: "Active 1, Paused 2, Closed 3, Error 4"
            SelectionStrategy: "LeastLoaded 0, BestSuccessRate 1, Fastest 2, RoundRobin 3, Weighted 4"
            ApprovalStatus: "Pending 1, Approved 2, Rejected 3, Cancelled 4"
            FailurePolicy: "Block 0, Cancel 1"
            StageFailurePolicy: "Fail 0, Continue 1, Retry 2"
        }
    }

    #[test]
    fn defaults_are_those_of_the_columns() {
        assert_eq!(AgentStatus::default(), AgentStatus::Unknown);
        assert_eq!(TaskStatus::default(), TaskStatus::Pending);
        assert_eq!(TaskPriority::default(), TaskPriority::Normal);
        assert_eq!(SessionStatus::default(), SessionStatus::Active);
        assert_eq!(ApprovalStatus::default(), ApprovalStatus::Pending);
        assert_eq!(FailurePolicy::default(), FailurePolicy::Block);
    }

    #[test]
    fn reads_names_in_any_case_and_numbers() {
        for text in ["InProgress", "inprogress", "INPROGRESS", "2"] {
            assert_eq!(text.parse(), Ok(TaskStatus::InProgress), "{text}");
        }
        for json in ["\"InProgress\"", "\"inProgress\"", "2", "\"2\""] {
            let value: TaskStatus = serde_json::from_str(json).unwrap();
            assert_eq!(value, TaskStatus::InProgress, "{json}");
        }
        assert_eq!(TaskStatus::try_from(2), Ok(TaskStatus::InProgress));
    }

    #[test]
    fn errors_name_the_values_and_what_was_given() {
        let numbers = "access level must be one of 0 (Private), 1 (Team), 2 (Public), got 7";
        assert_eq!(AccessLevel::try_from(7).unwrap_err().to_string(), numbers);
        assert_eq!("7".parse::<AccessLevel>().unwrap_err().to_string(), numbers);
        assert_eq!(
            "Secret".parse::<AccessLevel>().unwrap_err().to_string(),
            "access level must be one of Private, Team, Public, got \"Secret\""
        );
        for json in [
            "-1",
            "3",
            "4294967296",
            "18446744073709551615",
            "1.0",
            "null",
            "\"\"",
            "[0]",
        ] {
            let error = serde_json::from_str::<AccessLevel>(json).unwrap_err();
            assert!(
                error.to_string().contains("access level"),
                "{json}: {error}"
            );
        }
    }

    #[test]
    fn orders_by_number_and_prints_its_name() {
        assert!(TaskPriority::Critical > TaskPriority::High);
        assert_eq!(format!("{:>6}", TaskPriority::Low), "   Low");
    }

    proptest! {
        #[test]
        fn every_value_comes_back(value in prop::sample::select(DeliveryStatus::ALL)) {
            prop_assert_eq!(value.name().parse(), Ok(value));
            prop_assert_eq!(value.number().to_string().parse(), Ok(value));
            prop_assert_eq!(DeliveryStatus::try_from(value.number()), Ok(value));
            let json = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(&json, &format!("\"{value}\""));
            prop_assert_eq!(serde_json::from_str::<DeliveryStatus>(&json).unwrap(), value);
        }

        #[test]
        fn only_declared_numbers_are_values(number in prop_oneof![any::<i32>(), -2..10]) {
            let known = SessionStatus::ALL.iter().any(|value| value.number() == number);
            prop_assert_eq!(SessionStatus::try_from(number).is_ok(), known);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<TaskStatus>();
        }
    }
}

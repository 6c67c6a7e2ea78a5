//! Statuses, kinds and levels.

use std::fmt;
use std::str::FromStr;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Integer};
use diesel::sqlite::{Sqlite, SqliteValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::InvalidValue;
use super::invalid_value::quoted;

/// Declares an enum that is an INTEGER in the database and a name in JSON:
///
/// ```text
/// stored_enum! {
///     /// What it says.
///     #[derive(Default)]              // where the column has a default
///     Light {
///         /// What this value means.
///         #[default]
///         Red = 0,
///         /// …
///         Green = 1,
///     }
/// }
/// ```
///
/// It has `ALL`, `name()`, `number()`, `TryFrom<i32>`, `FromStr` (a name in any case, or a number), `Display` (the
/// name), serde both ways (writes the name, reads name or number) and Diesel's traits for `Integer`. A number that
/// isn't declared is an [`InvalidValue`] wherever it comes from. Values order by their numbers.
macro_rules! stored_enum {
    (
        $(#[$attribute:meta])*
        $enum:ident {
            $( $(#[$value_attribute:meta])* $value:ident = $number:literal, )+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
        #[diesel(sql_type = Integer)]
        #[repr(i32)]
        pub enum $enum {
            $( $(#[$value_attribute])* $value = $number, )+
        }

        impl $enum {
            /// Every value, by number.
            pub const ALL: &[Self] = &[$( Self::$value ),+];

            /// The name, as JSON has it.
            pub const fn name(self) -> &'static str {
                match self {
                    $( Self::$value => stringify!($value), )+
                }
            }

            /// The number, as the database has it.
            pub const fn number(self) -> i32 {
                self as i32
            }

            fn from_number(number: i64) -> Result<Self, InvalidValue> {
                match number {
                    $( $number => Ok(Self::$value), )+
                    _ => Err(Self::unknown(number)),
                }
            }

            fn unknown(given: impl fmt::Display) -> InvalidValue {
                let known = [$( concat!(stringify!($value), " ", $number) ),+].join(", ");
                InvalidValue::new(stringify!($enum), format!("{given} is none of {known}"))
            }
        }

        impl TryFrom<i32> for $enum {
            type Error = InvalidValue;

            fn try_from(number: i32) -> Result<Self, InvalidValue> {
                Self::from_number(number.into())
            }
        }

        impl FromStr for $enum {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                if let Ok(number) = text.parse() {
                    return Self::from_number(number);
                }
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.name().eq_ignore_ascii_case(text))
                    .ok_or_else(|| Self::unknown(quoted(text)))
            }
        }

        impl fmt::Display for $enum {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl Serialize for $enum {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> Deserialize<'de> for $enum {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;

                impl de::Visitor<'_> for Visitor {
                    type Value = $enum;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("a name or number of ", stringify!($enum)))
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$enum, E> {
                        text.parse().map_err(E::custom)
                    }

                    fn visit_i64<E: de::Error>(self, number: i64) -> Result<$enum, E> {
                        $enum::from_number(number).map_err(E::custom)
                    }

                    fn visit_u64<E: de::Error>(self, number: u64) -> Result<$enum, E> {
                        match i64::try_from(number) {
                            Ok(number) => self.visit_i64(number),
                            Err(_) => Err(E::custom($enum::unknown(number))),
                        }
                    }
                }

                deserializer.deserialize_any(Visitor)
            }
        }

        impl ToSql<Integer, Sqlite> for $enum {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                out.set_value(self.number());
                Ok(IsNull::No)
            }
        }

        impl FromSql<Integer, Sqlite> for $enum {
            // As 64 bits: SQLite would cut a greater number to 32, which can make it look like a valid one.
            fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
                let number = <i64 as FromSql<BigInt, Sqlite>>::from_sql(value)?;
                Ok(Self::from_number(number)?)
            }
        }
    };
}

stored_enum! {
    /// What an agent is doing.
    #[derive(Default)]
    AgentStatus {
        /// It has registered and not reported yet.
        #[default]
        Unknown = 0,
        /// It waits for work.
        Idle = 1,
        /// It works on at least one task.
        Busy = 2,
        /// It has signed off, or was found gone.
        Offline = 3,
        /// It reported that it can't work.
        Error = 4,
    }
}

stored_enum! {
    /// Where a task is on its way through the queue.
    #[derive(Default)]
    TaskStatus {
        /// It waits to be claimed.
        #[default]
        Pending = 0,
        /// An agent has claimed it and not started.
        Assigned = 1,
        /// An agent works on it.
        InProgress = 2,
        /// It ended with success.
        Completed = 3,
        /// It ended without success and isn't tried again by itself.
        Failed = 4,
        /// It was called off.
        Cancelled = 5,
    }
}

stored_enum! {
    /// Which task is claimed first: the one with the higher priority.
    #[derive(Default)]
    TaskPriority {
        /// When nothing else waits.
        Low = 0,
        /// The usual.
        #[default]
        Normal = 1,
        /// Before the usual.
        High = 2,
        /// Before everything else.
        Critical = 3,
    }
}

stored_enum! {
    /// How a repository is kept.
    #[derive(Default)]
    RepositoryType {
        /// By Git.
        #[default]
        Git = 0,
        /// By Subversion.
        Svn = 1,
        /// A directory without version control.
        Local = 2,
        /// On another machine.
        Remote = 3,
    }
}

stored_enum! {
    /// Who may see a repository.
    #[derive(Default)]
    AccessLevel {
        /// Its owner.
        #[default]
        Private = 0,
        /// The owner's team.
        Team = 1,
        /// Everybody.
        Public = 2,
    }
}

stored_enum! {
    /// What a preference is about.
    #[derive(Default)]
    PreferenceType {
        /// The user interface.
        #[default]
        UI = 0,
        /// How agents behave.
        Behavior = 1,
        /// Speed and resources.
        Performance = 2,
        /// Secrets and permissions.
        Security = 3,
        /// Other systems.
        Integration = 4,
    }
}

stored_enum! {
    /// Who wrote a chat message.
    MessageType {
        /// A person.
        User = 0,
        /// The orchestrator.
        System = 1,
        /// An agent.
        Agent = 2,
    }
}

stored_enum! {
    /// How far a chat message has come.
    #[derive(Default)]
    DeliveryStatus {
        /// It wasn't sent yet.
        #[default]
        Pending = 0,
        /// It was sent.
        Sent = 1,
        /// It arrived.
        Delivered = 2,
        /// It was read.
        Read = 3,
        /// It couldn't be delivered.
        Failed = 4,
    }
}

stored_enum! {
    /// Where a run of a workflow is.
    #[derive(Default)]
    WorkflowExecutionStatus {
        /// It hasn't started.
        #[default]
        Pending = 0,
        /// Its tasks are being worked on.
        Running = 1,
        /// It is held, and can go on.
        Paused = 2,
        /// It ended with success.
        Completed = 3,
        /// It ended without success.
        Failed = 4,
        /// It was called off.
        Cancelled = 5,
    }
}

stored_enum! {
    /// How much harm an audited operation can do.
    #[derive(Default)]
    RiskLevel {
        /// None to speak of.
        #[default]
        Low = 0,
        /// Some, easily undone.
        Medium = 1,
        /// Much, or hard to undo.
        High = 2,
        /// It can't be undone.
        Critical = 3,
    }
}

stored_enum! {
    /// What happened to a row.
    ChangeAction {
        /// It was added.
        Create = 0,
        /// Some of its columns got other values.
        Update = 1,
        /// It was marked as deleted, or removed for good.
        Delete = 2,
        /// It is no longer marked as deleted.
        Restore = 3,
    }
}

stored_enum! {
    /// How bad a logged event is; the levels of .NET's `LogLevel`.
    ErrorSeverity {
        /// Every step, for finding faults.
        Trace = 0,
        /// Details, for developers.
        Debug = 1,
        /// What normally happens.
        Information = 2,
        /// Unusual, but handled.
        Warning = 3,
        /// An operation failed.
        Error = 4,
        /// The whole application is at risk.
        Critical = 5,
    }
}

stored_enum! {
    /// Where an agent's session is.
    #[derive(Default)]
    SessionStatus {
        /// It is in use.
        #[default]
        Active = 1,
        /// It is held, and can be resumed.
        Paused = 2,
        /// It has ended.
        Closed = 3,
        /// It broke off.
        Error = 4,
    }
}

stored_enum! {
    /// What became of a request for approval.
    #[derive(Default)]
    ApprovalStatus {
        /// Nobody has decided yet.
        #[default]
        Pending = 1,
        /// It was granted.
        Approved = 2,
        /// It was denied.
        Rejected = 3,
        /// It was withdrawn before a decision.
        Cancelled = 4,
    }
}

stored_enum! {
    /// How one of several available agents is chosen.
    #[derive(Default)]
    SelectionStrategy {
        /// The one with the most of its capacity free.
        LeastLoaded = 0,
        /// The one with the highest success rate.
        BestSuccessRate = 1,
        /// The one whose tasks take the least time on average; those without any come last.
        Fastest = 2,
        /// The one whose last claim is the longest ago; those without any come first.
        RoundRobin = 3,
        /// The one with the best mixture of free capacity, success and speed.
        #[default]
        Weighted = 4,
    }
}

stored_enum! {
    /// What becomes of a task when one that it depends on fails or is cancelled.
    #[derive(Default)]
    FailurePolicy {
        /// It waits on: a retry may still complete the other one.
        #[default]
        Block = 0,
        /// It is cancelled.
        Cancel = 1,
    }
}

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
    fn errors_name_the_enum_and_what_was_given() {
        assert_eq!(
            AccessLevel::try_from(7).unwrap_err().to_string(),
            "`AccessLevel`: 7 is none of Private 0, Team 1, Public 2"
        );
        assert_eq!(
            "Secret".parse::<AccessLevel>().unwrap_err().to_string(),
            "`AccessLevel`: \"Secret\" is none of Private 0, Team 1, Public 2"
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
            assert!(error.to_string().contains("AccessLevel"), "{json}: {error}");
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

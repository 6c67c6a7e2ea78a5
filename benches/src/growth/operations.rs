//! The operations whose cost is followed.

use orchestra_store::Store;
use orchestra_store::models::Task;
use orchestra_store::query::{Direction, Specification};
use orchestra_store::schema::tasks;
use orchestra_store::services::analytics::TaskScope;
use orchestra_store::services::data;
use orchestra_store::services::tasks::{self as queue, Claim};

use crate::cases::{cursor_behind, everything, through_the_kernel};
use crate::dataset;

/// An operation whose cost is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// An agent takes a task of its repository.
    Claim,
    /// A task from the middle, by its id.
    ReadById,
    /// The 50 newest behind a task from the middle.
    KeysetPage,
    /// Everything that the tasks tell.
    Analytics,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Claim,
        Self::ReadById,
        Self::KeysetPage,
        Self::Analytics,
    ];

    /// Its name, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::ReadById => "read by id",
            Self::KeysetPage => "keyset page",
            Self::Analytics => "analytics",
        }
    }

    /// Whether its cost is not to grow with the number of tasks.
    pub const fn is_bounded(self) -> bool {
        !matches!(self, Self::Analytics)
    }

    /// How often it is timed at the most.
    pub(super) fn most_repetitions(self, tasks: u64) -> u64 {
        match self {
            Self::Analytics => (1_000_000 / tasks).clamp(1, 21),
            _ => u64::MAX,
        }
    }

    /// Does it once, and returns the tasks that it took.
    pub(super) fn run(self, store: &Store, tasks: u64) -> Vec<Task> {
        let middle = tasks / 2;
        match self {
            Self::Claim => {
                let claim = Claim::agent(&dataset::agent(0));
                return store.write(|uow| queue::claim(uow, &claim)).unwrap();
            }
            Self::ReadById => {
                let id = dataset::task_id(middle);
                let task = store.read(|reader| queue::get(reader, &id)).unwrap();
                assert_eq!(task.id, id);
            }
            Self::KeysetPage => {
                let newest =
                    Specification::<Task>::new().order_by(tasks::created_at, Direction::Descending);
                let cursor = cursor_behind(middle);
                let page = store.read(|r| data::after(r, &newest, Some(&cursor), 50));
                assert_eq!(page.unwrap().items.len(), 50);
            }
            Self::Analytics => {
                let told = through_the_kernel(store, everything(tasks), &TaskScope::default());
                assert_eq!(told.total, tasks as i64);
            }
        }
        Vec::new()
    }
}

/// Gives claimed tasks back.
pub(super) fn release(store: &Store, claimed: &[Task]) {
    for task in claimed {
        let token = task.lease_token.as_ref();
        let released = store.write(|uow| queue::release(uow, &task.id, token));
        released.unwrap();
    }
}

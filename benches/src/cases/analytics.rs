//! What tasks tell, of one agent and of all.

use std::hint::black_box;

use orchestra_store::models::AgentId;
use orchestra_store::services::analytics::{Period, TaskScope, task_analytics};
use orchestra_store::{Durability, Store};

use super::Sizes;
use crate::dataset;
use crate::harness::{Bench, Case, timed};
use crate::raw::{Analytics, Role};
use crate::sides::Sides;

const AGENT: Case = Case::new("agent statistics over 100 000 tasks");
const ALL: Case = Case::new("task analytics over 1 000 000 tasks");

pub(super) fn run(bench: &mut Bench, sizes: Sizes) {
    // Each agent has a part of the tasks that are there.
    let of_agent = Some(dataset::agent(0));
    compare(bench, AGENT, sizes.tasks, of_agent);
    compare(bench, ALL, sizes.analytics, None);
}

fn compare(bench: &mut Bench, case: Case, tasks: u64, agent: Option<AgentId>) {
    if !bench.wants(&[case]) {
        return;
    }
    let sides = Sides::with_tasks(tasks);
    let store = sides.store(Durability::Full);
    let period = everything(tasks);
    let scope = TaskScope {
        agent_id: agent.clone(),
        repository_id: None,
    };
    let mut analytics = Analytics::new(&sides.raw(Role::Reader), agent);
    assert_eq!(
        through_the_kernel(&store, period, &scope),
        analytics.of(period)
    );
    bench.compare(
        case,
        |count| {
            timed(|| {
                for _ in 0..count {
                    black_box(through_the_kernel(&store, period, &scope));
                }
            })
        },
        |count| {
            timed(|| {
                for _ in 0..count {
                    black_box(analytics.of(period));
                }
            })
        },
    );
}

/// The period in which tasks of [`dataset::fill`] were made and ended.
pub(crate) fn everything(tasks: u64) -> Period {
    Period::new(dataset::created_at(0), dataset::created_at(tasks + 100)).unwrap()
}

pub(crate) fn through_the_kernel(
    store: &Store,
    period: Period,
    scope: &TaskScope,
) -> orchestra_store::services::analytics::TaskAnalytics {
    let read = store.read(|reader| task_analytics(reader, period, scope));
    read.unwrap()
}

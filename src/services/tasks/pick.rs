//! Selecting the tasks of a claim: by priority, then by availability, without paused ones.

use std::cmp::Reverse;

use super::pause::{list_pauses, stops};
use crate::error::Result;
use crate::rows::{Reader, room_left};
use crate::tables::claim_views::ClaimView;
use crate::tables::claimable_tasks::{self as rows, AvailabilityWindow, ClaimClass, Lane, Place};
use crate::tables::{QueuePause, Task};
use crate::types::{TaskPriority, TimeSpan, Timestamp};

/// Returns the next tasks of several lanes, at most `limit`, only of these queues if any are given.
///
/// Where no task is due that waited for a time, and waiting doesn't raise a task, one search of each queue finds the tasks
/// of all priorities. Otherwise queries one priority at a time: thus the index serves both the order and the bound on the
/// availability, and tasks that are scheduled for later are never visited. A task that waits for no time is found whatever
/// the clock shows.
pub(super) fn next(
    reader: &mut Reader<'_>,
    view: &ClaimView,
    lanes: &[Lane<'_>],
    queues: &[String],
    limit: u32,
) -> Result<Vec<Task>> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let filter = Filter {
        queues,
        pauses: match view.has_pauses {
            true => list_pauses(reader)?,
            false => Vec::new(),
        },
    };
    let mut places = Vec::new();
    for &lane in lanes {
        places.extend(filter.places(reader, lane)?);
    }
    if !view.has_due && reader.queue_policy().ageing.is_none() {
        return next_of_all_levels(reader, &places, limit);
    }
    let mut found = Vec::new();
    for &level in TaskPriority::ALL.iter().rev() {
        let room = room_left(limit, found.len());
        if room == 0 {
            break;
        }
        found.extend(next_of_level(reader, &places, view, level, room)?);
    }
    Ok(found)
}

fn next_of_all_levels(
    reader: &mut Reader<'_>,
    places: &[Place<'_>],
    limit: u32,
) -> Result<Vec<Task>> {
    let mut tasks = Vec::new();
    for place in places {
        tasks.extend(rows::first(reader.conn(), place, limit)?);
    }
    if places.len() > 1 {
        tasks.sort_by(|a: &Task, b| {
            let place = |task: &Task| (Reverse(task.priority), task.available_at);
            place(a).cmp(&place(b)).then_with(|| a.id.cmp(&b.id))
        });
        tasks.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    Ok(tasks)
}

fn next_of_level(
    reader: &mut Reader<'_>,
    places: &[Place<'_>],
    view: &ClaimView,
    level: TaskPriority,
    limit: u32,
) -> Result<Vec<Task>> {
    let mut tasks = Vec::new();
    for (class, window) in classes_of_level(reader, level, view.has_due) {
        for place in places {
            let conn = reader.conn();
            tasks.extend(rows::of_class(conn, place, class, &window, limit)?);
        }
    }
    tasks.sort_by(|a, b| (a.available_at, &a.id).cmp(&(b.available_at, &b.id)));
    tasks.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(tasks)
}

/// Returns the classes whose tasks count as this level now, each with the range of times at which these became
/// available: those that wait for no time, and, if any is due, those that wait for one.
fn classes_of_level(
    reader: &Reader<'_>,
    level: TaskPriority,
    has_due: bool,
) -> Vec<(ClaimClass, AvailabilityWindow)> {
    let mut classes = Vec::new();
    for (priority, window) in priorities_of_level(reader, level) {
        let class = |waits_for_time| ClaimClass {
            priority,
            waits_for_time,
        };
        let end = if priority == level {
            Timestamp::MAX
        } else {
            *window.end()
        };
        classes.push((class(false), *window.start()..=end));
        if has_due {
            classes.push((class(true), window));
        }
    }
    classes
}

/// Returns the priorities whose tasks count as this level now, each with the range of times at which these became
/// available.
///
/// Without ageing, that is the priority itself. With ageing, a task rises by one level each time it has waited for that
/// long, so that tasks of a lower priority count as this level once they have waited long enough.
fn priorities_of_level(
    reader: &Reader<'_>,
    level: TaskPriority,
) -> Vec<(TaskPriority, AvailabilityWindow)> {
    let now = reader.now();
    let Some(ageing) = reader.queue_policy().ageing else {
        return vec![(level, Timestamp::MIN..=now)];
    };
    let before = |levels: i32| {
        let ago = ageing.saturating_mul(levels.unsigned_abs());
        now - TimeSpan::from(ago)
    };
    let window = |priority: TaskPriority| {
        let risen = level.number() - priority.number();
        let from = match level {
            TaskPriority::Critical => Timestamp::MIN,
            _ => before(risen + 1) + TimeSpan::from_ticks(1),
        };
        (priority, from..=before(risen))
    };
    let up_to_it = TaskPriority::ALL.iter().filter(|&&p| p <= level);
    up_to_it.map(|&priority| window(priority)).collect()
}

/// Conditions that exclude tasks from a claim.
struct Filter<'c> {
    /// Queues that the claim names; empty: any.
    queues: &'c [String],
    /// Present pauses, whose tasks are excluded.
    pauses: Vec<QueuePause>,
}

impl Filter<'_> {
    /// Returns the places in which a lane has tasks that are in the claim and aren't paused. Each costs one search in an
    /// index, regardless of the number of its tasks.
    fn places<'l>(&self, reader: &mut Reader<'_>, lane: Lane<'l>) -> Result<Vec<Place<'l>>> {
        if matches!(lane, Lane::Open) && self.queues.is_empty() && self.pauses.is_empty() {
            return Ok(vec![Place::Anywhere]);
        }
        let mut places = Vec::new();
        for path in self.paths(reader, lane)? {
            for queue in self.queues_of(reader, lane, &path)? {
                places.push(Place::Queue {
                    lane,
                    path: path.clone(),
                    queue,
                });
            }
        }
        Ok(places)
    }

    fn paths(&self, reader: &mut Reader<'_>, lane: Lane<'_>) -> Result<Vec<String>> {
        let mut paths = Vec::new();
        if let Lane::OpenIn(path) = lane {
            paths.push(path.to_owned());
        } else {
            let mut after = String::new();
            while let Some(path) = rows::next_path(reader.conn(), lane, &after)? {
                after.clone_from(&path);
                paths.push(path);
            }
        }
        let is_paused = |path: &String| {
            let of_all_queues = self.pauses.iter().filter(|p| p.queue_name.is_none());
            of_all_queues
                .into_iter()
                .any(|pause| stops(pause, path, None))
        };
        paths.retain(|path| !is_paused(path));
        Ok(paths)
    }

    /// Returns the queues of a repository; `None` for tasks without a queue.
    fn queues_of(
        &self,
        reader: &mut Reader<'_>,
        lane: Lane<'_>,
        path: &str,
    ) -> Result<Vec<Option<String>>> {
        let mut queues: Vec<Option<String>> = self.queues.iter().cloned().map(Some).collect();
        if queues.is_empty() {
            queues.push(None);
            let mut after = String::new();
            while let Some(queue) = rows::next_queue(reader.conn(), lane, path, &after)? {
                after.clone_from(&queue);
                queues.push(Some(queue));
            }
        }
        queues.retain(|queue| {
            let mut pauses = self.pauses.iter();
            !pauses.any(|pause| stops(pause, path, queue.as_deref()))
        });
        Ok(queues)
    }
}

//! How large the files are.

use maud::{Markup, html};
use orchestra_store::maintenance::space::Space;

use super::tables::bar;
use crate::output::bytes;

pub(super) fn chart(space: &Space) -> Markup {
    let used = space.database.saturating_sub(space.free_in_database);
    html! {
        @if space.is_wal_over_limit() {
            p.warning role="alert" {
                "A read that stays open holds " (bytes(space.wal_held))
                " of the write-ahead log, more than its limit."
            }
        }
        dl.files {
            dt { "Database" }
            dd {
                b { (bytes(space.database)) }
                (bar(&[part(used, "running"), part(space.free_in_database, "waiting")], part(space.database, "").0))
                span { (bytes(space.free_in_database)) " of it free for new rows" }
            }
            dt { "Write-ahead log" }
            dd {
                b { (bytes(space.wal)) }
                (bar(&[part(space.wal_held, "failed"), part(space.wal.saturating_sub(space.wal_held), "running")],
                    part(space.wal.max(space.wal_limit), "").0))
                span { (bytes(space.wal_held)) " still needed, limit " (bytes(space.wal_limit)) }
            }
            dt { "Disk" }
            dd { b { (bytes(space.free_on_disk)) } span { "free for this user" } }
        }
    }
}

/// A number of bytes as a part of a bar.
fn part(bytes: u64, class: &str) -> (i64, &str) {
    (i64::try_from(bytes).unwrap_or(i64::MAX), class)
}

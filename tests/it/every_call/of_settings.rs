//! Calls about preferences, caches, metrics and logs.

use std::time::Duration;

use orchestra_store::Result;
use orchestra_store::services::audit::{self, NewAuditLog};
use orchestra_store::services::caches::computed_results::{self, NewResult};
use orchestra_store::services::caches::query_cache::{self, Expiry};
use orchestra_store::services::caches::session_data;
use orchestra_store::services::error_logs::{self, NewErrorLog};
use orchestra_store::services::metrics::{self, Sample};
use orchestra_store::services::orchestration_logs::{self, NewOrchestrationLog};
use orchestra_store::services::preferences::{
    self, NewPreference, PreferenceDocument, PreferenceScope, SealedValues,
};
use orchestra_store::services::retention_clock;
use orchestra_store::types::Json;
use serde_json::json;

use super::Call;
use super::world::World;

pub const CALLS: &[(&str, Call)] = &[
    ("preferences::set", set),
    ("preferences::remove", remove),
    ("preferences::import", import),
    ("preferences::rekey", rekey),
    ("query_cache::put", put_query),
    ("query_cache::renew", renew_query),
    ("query_cache::remove", remove_query),
    ("query_cache::invalidate_tag", invalidate_queries),
    ("query_cache::remove_expired", remove_old_queries),
    ("computed_results::put", put_result),
    ("computed_results::remove", remove_result),
    ("computed_results::invalidate_tag", invalidate_results),
    ("computed_results::remove_expired", remove_old_results),
    ("session_data::put", put_data),
    ("session_data::remove", remove_data),
    ("session_data::remove_session", remove_session),
    ("session_data::invalidate_tag", invalidate_data),
    ("session_data::remove_expired", remove_old_data),
    ("metrics::record", record),
    ("metrics::record_many", record_many),
    ("metrics::roll_up", roll_up),
    ("audit::record", audit),
    ("error_logs::log", log_error),
    ("orchestration_logs::append", log_event),
    ("orchestration_logs::clear", clear_events),
    ("retention_clock::trust", trust),
];

/// Values by these keys come and go.
const KEYS: [&str; 4] = ["theme", "language", "depth", "token"];
/// Longer than any key, name or tag may be.
const TOO_LONG: usize = 1000;

fn key(world: &mut World) -> String {
    if world.slips() {
        return "k".repeat(TOO_LONG);
    }
    world.pick(&KEYS).to_owned()
}

fn scope(world: &mut World) -> PreferenceScope {
    let scope = match world.random.happens(300) {
        true => PreferenceScope::everyone(),
        false => PreferenceScope::user(),
    };
    if world.random.happens(300) {
        let agent = world.agent();
        return scope.of_agent(&world.id(&agent.id));
    }
    scope
}

fn set(world: &mut World) -> Result<()> {
    let (key, value) = (key(world), world.name("value"));
    let mut new = NewPreference::new(key, value, scope(world));
    if world.random.happens(300) {
        new = new.encrypted();
    }
    if world.random.happens(30) {
        new = new.read_only();
    }
    world.write(|uow| preferences::set(uow, &new))?;
    Ok(())
}

fn remove(world: &mut World) -> Result<()> {
    let (key, scope) = (key(world), scope(world));
    world.write(|uow| preferences::remove(uow, &key, &scope))?;
    Ok(())
}

fn import(world: &mut World) -> Result<()> {
    let exported = world.write(|uow| preferences::export(uow, true, SealedValues::LeaveOut));
    let mut document: PreferenceDocument = exported.unwrap().document;
    if world.slips() {
        document.version = 99;
    }
    for preference in &mut document.preferences {
        preference.value = world.name("imported");
    }
    world.write(|uow| preferences::import(uow, &document))?;
    Ok(())
}

fn rekey(world: &mut World) -> Result<()> {
    world.write(|uow| preferences::rekey(uow, 10))?;
    Ok(())
}

/// Some time, or in a few cases none at all.
fn some_time(world: &mut World) -> Duration {
    Duration::from_secs(world.random.number(20..200))
}

fn put_query(world: &mut World) -> Result<()> {
    let (key, time) = (key(world), some_time(world));
    let valid = world.pick(&[Expiry::Never, Expiry::After(time), Expiry::Sliding(time)]);
    let value = Json(json!([1, 2]));
    world.write(|uow| query_cache::put(uow, &key, &value, valid, &["tasks"]))?;
    Ok(())
}

fn renew_query(world: &mut World) -> Result<()> {
    let key = key(world);
    world.write(|uow| query_cache::renew(uow, &key))?;
    Ok(())
}

fn remove_query(world: &mut World) -> Result<()> {
    let key = key(world);
    world.write(|uow| query_cache::remove(uow, &key))?;
    Ok(())
}

fn invalidate_queries(world: &mut World) -> Result<()> {
    world.write(|uow| query_cache::invalidate_tag(uow, "tasks"))?;
    Ok(())
}

fn remove_old_queries(world: &mut World) -> Result<()> {
    world.write(|uow| query_cache::remove_expired(uow, 5))?;
    Ok(())
}

fn put_result(world: &mut World) -> Result<()> {
    let (key, time) = (key(world), some_time(world));
    let new = NewResult {
        valid_for: Some(time),
        tags: &["sizes"],
        ..NewResult::new(Json(json!({"size": 4})))
    };
    world.write(|uow| computed_results::put(uow, &key, &new))?;
    Ok(())
}

fn remove_result(world: &mut World) -> Result<()> {
    let key = key(world);
    world.write(|uow| computed_results::remove(uow, &key))?;
    Ok(())
}

fn invalidate_results(world: &mut World) -> Result<()> {
    world.write(|uow| computed_results::invalidate_tag(uow, "sizes"))?;
    Ok(())
}

fn remove_old_results(world: &mut World) -> Result<()> {
    world.write(|uow| computed_results::remove_expired(uow, 5))?;
    Ok(())
}

fn put_data(world: &mut World) -> Result<()> {
    let (key, time) = (key(world), some_time(world));
    let value = Json(json!("open"));
    world.write(|uow| session_data::put(uow, "s", &key, &value, Some(time), &["panels"]))?;
    Ok(())
}

fn remove_data(world: &mut World) -> Result<()> {
    let key = key(world);
    world.write(|uow| session_data::remove(uow, "s", &key))?;
    Ok(())
}

fn remove_session(world: &mut World) -> Result<()> {
    world.write(|uow| session_data::remove_session(uow, "s"))?;
    Ok(())
}

fn invalidate_data(world: &mut World) -> Result<()> {
    world.write(|uow| session_data::invalidate_tag(uow, "panels"))?;
    Ok(())
}

fn remove_old_data(world: &mut World) -> Result<()> {
    world.write(|uow| session_data::remove_expired(uow, 5))?;
    Ok(())
}

fn sample(world: &mut World) -> Sample {
    let value = if world.slips() { f64::NAN } else { 0.5 };
    Sample::new("Agent", world.pick(&["Load", "Memory"]), value)
}

fn record(world: &mut World) -> Result<()> {
    let sample = sample(world);
    world.write(|uow| metrics::record(uow, &sample))?;
    Ok(())
}

fn record_many(world: &mut World) -> Result<()> {
    let samples = [sample(world), sample(world)];
    world.write(|uow| metrics::record_many(uow, &samples))?;
    Ok(())
}

fn roll_up(world: &mut World) -> Result<()> {
    world.write(|uow| metrics::roll_up(uow, 10))?;
    Ok(())
}

fn audit(world: &mut World) -> Result<()> {
    let action = if world.slips() { "Create" } else { "Login" };
    let new = NewAuditLog {
        action: action.to_owned(),
        entity_type: "Users".to_owned(),
        ..serde_json::from_value(json!({"Action": "Login", "EntityType": "Users"})).unwrap()
    };
    world.write(|uow| audit::record(uow, &new))?;
    Ok(())
}

fn log_error(world: &mut World) -> Result<()> {
    let mut new = NewErrorLog::new(world.name("it failed"));
    if world.slips() {
        new.source = Some("s".repeat(TOO_LONG));
    }
    world.write(|uow| error_logs::log(uow, &new))?;
    Ok(())
}

fn log_event(world: &mut World) -> Result<()> {
    let agent = world.agent();
    let mut new = NewOrchestrationLog::new("Started", world.name("go"));
    new.agent_id = Some(world.id(&agent.id));
    world.write(|uow| orchestration_logs::append(uow, &new))?;
    Ok(())
}

fn clear_events(world: &mut World) -> Result<()> {
    world.write(orchestration_logs::clear)?;
    Ok(())
}

fn trust(world: &mut World) -> Result<()> {
    world.write(retention_clock::trust)?;
    Ok(())
}

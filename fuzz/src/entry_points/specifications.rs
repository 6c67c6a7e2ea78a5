//! Queries over any entity: `Tasks Status` (a column for the aggregates), then the document.

use orchestra_store::query::Aggregate;
use orchestra_store::registry::{self, AnyEntity};
use orchestra_store::{Result, Store};
use serde_json::Value;

use super::outcome::{allowed, parse, roll_back, split};

/// Asks in every way that takes the document.
pub fn specifications(store: &Store, input: &[u8]) {
    if let Some((words, json)) = split(input)
        && let [entity, column] = words[..]
        && let Some(entity) = allowed(registry::by_name(entity))
        && let Some(mut document) = allowed(parse(json))
    {
        allowed(store.read(|reader| entity.query(reader, &document)));
        drop_parts_of_queries(&mut document);
        compare_counts(store, entity, &document);
        for function in [
            Aggregate::Max,
            Aggregate::Min,
            Aggregate::Sum,
            Aggregate::Average,
        ] {
            allowed(store.read(|reader| entity.aggregate(reader, &document, function, column)));
        }
    }
}

/// What follows takes a specification, which has no part that says how rows are given.
fn drop_parts_of_queries(document: &mut Value) {
    if let Value::Object(parts) = document {
        parts.retain(|part, _| !["include", "page", "after", "limit"].contains(&part.as_str()));
    }
}

/// The ways to count agree.
fn compare_counts(store: &Store, entity: &dyn AnyEntity, document: &Value) {
    let counted: Result<_> = store.read(|reader| {
        let count = entity.count(reader, document)?;
        assert_eq!(entity.exists(reader, document)?, count > 0);
        Ok(count)
    });
    let with_deleted = document.get("withDeleted").is_some();
    if let Some(count) = allowed(counted)
        && !with_deleted
    {
        roll_back(store, |uow| {
            let deleted = entity.bulk_delete(uow, document)?;
            assert_eq!(i64::try_from(deleted), Ok(count));
            Ok(())
        });
    }
}

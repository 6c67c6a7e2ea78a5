//! Metrics and orchestration logs.

use serde_json::json;

use super::RowRefusal;
use super::writer::HostRowWriter;
use crate::import::outcome::RecordOutcome;
use crate::import::record::Record;
use crate::services::metrics::{self, Sample};
use crate::tables::{AgentId, OrchestrationLog, PerformanceMetric, RepositoryId, TaskId};
use crate::types::Json;

pub(super) fn metric(
    writer: &mut HostRowWriter<'_, '_>,
    mut record: Record,
) -> Result<RecordOutcome, RowRefusal> {
    let agent: AgentId = record.id("AgentId")?;
    let description: Option<String> = record.optional("Description")?;
    let sample = Sample {
        entity_id: Some(agent.into_string()),
        metric_unit: record.optional("Unit")?,
        timestamp: Some(record.required("MeasuredAt")?),
        properties: description.map(|text| Json(json!({ "Description": text }))),
        ..Sample::new(
            "Agent",
            record.required::<String>("MetricName")?,
            record.required("Value")?,
        )
    };
    let mut row = PerformanceMetric {
        id: record.id("Id")?,
        created_at: record.required("CreatedAt")?,
        created_by: record.author("CreatedBy")?,
        ..metrics::new_row(writer.uow, &sample)?
    };
    writer.adopt(&mut row)
}

pub(super) fn orchestration_log(
    writer: &mut HostRowWriter<'_, '_>,
    mut record: Record,
) -> Result<RecordOutcome, RowRefusal> {
    let agent: Option<AgentId> = record.optional_id("AgentId")?;
    let task: Option<TaskId> = record.optional_id("TaskId")?;
    let repository: Option<RepositoryId> = record.optional_id("RepositoryId")?;
    let mut row = OrchestrationLog {
        id: record.id("Id")?,
        event_type: record.required("EventType")?,
        message: record.required("Message")?,
        level: record.required("Level")?,
        agent_id: writer.known(&record, "AgentId", agent)?,
        task_id: writer.known(&record, "TaskId", task)?,
        repository_id: writer.repository(&record, "RepositoryId", repository.as_ref()),
        additional_data: record.json("AdditionalData")?,
        created_at: record.required("CreatedAt")?,
    };
    writer.adopt(&mut row)
}

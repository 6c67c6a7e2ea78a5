//! Delivery of messages: sent, delivered, read, acknowledged.

use super::messages::get_message;
use crate::error::{Error, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::tables::{ChatMessage, ChatMessageId};
use crate::types::DeliveryStatus::{self, Delivered, Failed, Pending, Read, Sent};

/// Returns true if a message may move from one state to the other.
fn is_allowed(from: DeliveryStatus, to: DeliveryStatus) -> bool {
    matches!(
        (from, to),
        (Pending, Sent | Failed) | (Sent, Delivered | Failed) | (Delivered, Read)
    )
}

/// Moves a message to its next delivery state: Pending, Sent, Delivered and Read follow each other, and Failed follows
/// Pending or Sent. Sets the time of the delivery or of the reading.
///
/// Fails with [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition) for any other step.
pub fn set_delivery_status(
    uow: &mut UnitOfWork<'_>,
    id: &ChatMessageId,
    to: DeliveryStatus,
) -> Result<ChatMessage> {
    let mut message = get_message(uow, id)?;
    let from = message.delivery_status;
    if !is_allowed(from, to) {
        return Err(Error::invalid_transition(ChatMessage::NAME, id, from, to));
    }
    message.delivery_status = to;
    match to {
        Delivered => message.delivered_at = Some(uow.now()),
        Read => message.read_at = Some(uow.now()),
        Pending | Sent | Failed => {}
    }
    uow.update(&mut message)?;
    Ok(message)
}

/// Records that a person or a program acknowledges a message now (`AcknowledgedAt`).
///
/// Acknowledging is independent of reading: a program acknowledges without reading. The first acknowledgement counts;
/// another one changes nothing. Fails with [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition) unless
/// the message is Delivered or Read.
pub fn acknowledge_message(uow: &mut UnitOfWork<'_>, id: &ChatMessageId) -> Result<ChatMessage> {
    let mut message = get_message(uow, id)?;
    let from = message.delivery_status;
    if !matches!(from, Delivered | Read) {
        let (name, to) = (ChatMessage::NAME, "Acknowledged");
        return Err(Error::invalid_transition(name, id, from, to));
    }
    if message.acknowledged_at.is_none() {
        message.acknowledged_at = Some(uow.now());
        uow.update(&mut message)?;
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_leads_forward_and_read_and_failed_are_ends() {
        let steps = |from| {
            let all = DeliveryStatus::ALL.iter().copied();
            all.filter(move |to| is_allowed(from, *to))
                .collect::<Vec<_>>()
        };
        assert_eq!(steps(Pending), [Sent, Failed]);
        assert_eq!(steps(Sent), [Delivered, Failed]);
        assert_eq!(steps(Delivered), [Read]);
        assert!(steps(Read).is_empty() && steps(Failed).is_empty());
    }
}

//! Enums of chat messages.

use super::stored_enum;

stored_enum! {
    /// The author of a chat message.
    MessageType("message type") {
        /// A person wrote the message.
        User = 0,
        /// The orchestrator wrote the message.
        System = 1,
        /// An agent wrote the message.
        Agent = 2,
    }
}

stored_enum! {
    /// The progress of a chat message to its reader.
    #[derive(Default)]
    DeliveryStatus("delivery status") {
        /// The message wasn't sent yet.
        #[default]
        Pending = 0,
        /// The message was sent.
        Sent = 1,
        /// The message arrived.
        Delivered = 2,
        /// The message was read.
        Read = 3,
        /// The message couldn't be delivered.
        Failed = 4,
    }
}

//! Calls of the chat, and about code repositories.

use diesel::prelude::*;
use orchestra_store::Result;
use orchestra_store::maintenance::erase_user::{EraseOptions, erase_user};
use orchestra_store::models::{
    ChatMessage, ChatSession, ChatSessionId, CodeRepository, RepositoryId, UserId,
};
use orchestra_store::query::Specification;
use orchestra_store::schema::chat_messages;
use orchestra_store::services::chat::{self, Edit, MessageRetention, NewChatSession, NewMessage};
use orchestra_store::services::code_repositories;
use orchestra_store::types::DeliveryStatus::{self, Delivered, Pending, Read, Sent};
use orchestra_store::types::{AccessLevel, Json, MessageType};
use serde_json::json;

use super::Call;
use super::world::{World, id};

pub const CALLS: &[(&str, Call)] = &[
    ("chat::get_or_create_session", get_or_create_session),
    ("chat::create_session", create_session),
    ("chat::rename_session", rename_session),
    ("chat::append_message", append_message),
    ("chat::edit_message", edit_message),
    ("chat::set_delivery_status", set_delivery_status),
    ("chat::acknowledge_message", acknowledge_message),
    ("chat::remove_expired", remove_expired),
    ("erase_user::erase_user", erase),
    ("code_repositories::register", register),
    ("code_repositories::deactivate", deactivate),
    ("code_repositories::set_access_level", set_access_level),
    (
        "code_repositories::set_allowed_operations",
        set_allowed_operations,
    ),
    ("code_repositories::set_settings", set_settings),
    ("code_repositories::note_access", note_access),
    ("code_repositories::recount", recount),
    ("code_repositories::update_ratings", update_ratings),
];

fn user(world: &mut World) -> UserId {
    id(world.pick(&["ann", "bert"]))
}

fn get_or_create_session(world: &mut World) -> Result<()> {
    let user = user(world);
    let title = if world.slips() {
        "t".repeat(201)
    } else {
        "Talk".to_owned()
    };
    let instance = world.pick(&["one", "two"]);
    world.write(|uow| chat::get_or_create_session(uow, Some(&user), instance, &title))?;
    Ok(())
}

fn create_session(world: &mut World) -> Result<()> {
    let new = NewChatSession {
        id: Some(id(world.name("chat"))),
        user_id: None,
        instance_id: "one".to_owned(),
        title: if world.slips() {
            "t".repeat(201)
        } else {
            "Talk".to_owned()
        },
    };
    world.write(|uow| chat::create_session(uow, &new))?;
    Ok(())
}

fn session(world: &mut World) -> ChatSessionId {
    let found: Option<ChatSession> = world.draw(&Specification::new());
    let known = found.map(|session| session.id).unwrap_or_else(|| {
        let user = user(world);
        let made = world.write(|uow| chat::get_or_create_session(uow, Some(&user), "one", "Talk"));
        made.unwrap().id
    });
    world.id(&known)
}

fn rename_session(world: &mut World) -> Result<()> {
    let session = session(world);
    world.write(|uow| chat::rename_session(uow, &session, "Long talk"))?;
    Ok(())
}

fn new_message(world: &mut World) -> NewMessage {
    let session = session(world);
    NewMessage::new(&session, world.pick(MessageType::ALL), world.name("hello"))
}

fn append_message(world: &mut World) -> Result<()> {
    let mut new = new_message(world);
    if world.random.happens(300) {
        let task = world.task(&[orchestra_store::types::TaskStatus::Pending]);
        new.linked_task_id = Some(world.id(&task.id));
    }
    world.write(|uow| chat::append_message(uow, &new))?;
    Ok(())
}

/// A message in one of these states.
fn message(world: &mut World, states: &[DeliveryStatus]) -> ChatMessage {
    let which = Specification::new().filter(chat_messages::delivery_status.eq_any(states.to_vec()));
    if let Some(found) = world.draw(&which) {
        return found;
    }
    let message = loop {
        let new = new_message(world);
        if let Ok(message) = world.write(|uow| chat::append_message(uow, &new)) {
            break message;
        }
    };
    if states.contains(&Delivered) {
        world
            .write(|uow| {
                if message.delivery_status == Pending {
                    chat::set_delivery_status(uow, &message.id, Sent)?;
                }
                chat::set_delivery_status(uow, &message.id, Delivered)
            })
            .unwrap();
    }
    message
}

fn edit_message(world: &mut World) -> Result<()> {
    let message = message(world, DeliveryStatus::ALL);
    let edit = Edit {
        content: world.name("better"),
        formatted_content: None,
        reason: None,
    };
    let id = world.id(&message.id);
    world.write(|uow| chat::edit_message(uow, &id, &edit))?;
    Ok(())
}

fn set_delivery_status(world: &mut World) -> Result<()> {
    let message = message(world, &[Pending, Sent]);
    let next = if message.delivery_status == Pending {
        Sent
    } else {
        Delivered
    };
    let id = world.id(&message.id);
    world.write(|uow| chat::set_delivery_status(uow, &id, next))?;
    Ok(())
}

fn acknowledge_message(world: &mut World) -> Result<()> {
    let message = message(world, &[Delivered, Read]);
    let id = world.id(&message.id);
    world.write(|uow| chat::acknowledge_message(uow, &id))?;
    Ok(())
}

fn remove_expired(world: &mut World) -> Result<()> {
    let kept = world.random.number(2..6) as u32;
    world.write(|uow| chat::remove_expired(uow, MessageRetention::NewestPerSession(kept), 5))?;
    Ok(())
}

fn erase(world: &mut World) -> Result<()> {
    let user = user(world);
    let options = EraseOptions {
        dry_run: world.random.happens(500),
        ..EraseOptions::default()
    };
    erase_user(&world.test.store, &user, &options)?;
    Ok(())
}

fn register(world: &mut World) -> Result<()> {
    let path = if world.slips() {
        String::new()
    } else {
        world.path()
    };
    world.write(|uow| code_repositories::register(uow, &path))?;
    Ok(())
}

fn repository(world: &mut World) -> RepositoryId {
    let found: Option<CodeRepository> = world.draw(&Specification::new());
    let known = found.map(|repository| repository.id).unwrap_or_else(|| {
        let made = world.write(|uow| code_repositories::register(uow, "/srv"));
        made.unwrap().id
    });
    world.id(&known)
}

fn deactivate(world: &mut World) -> Result<()> {
    let id = repository(world);
    world.write(|uow| code_repositories::deactivate(uow, &id))?;
    Ok(())
}

fn set_access_level(world: &mut World) -> Result<()> {
    let (id, level) = (repository(world), world.pick(AccessLevel::ALL));
    world.write(|uow| code_repositories::set_access_level(uow, &id, level))?;
    Ok(())
}

fn set_allowed_operations(world: &mut World) -> Result<()> {
    let id = repository(world);
    let operations: &[&str] = if world.slips() {
        &["a", "a"]
    } else {
        &["build", "test"]
    };
    world.write(|uow| code_repositories::set_allowed_operations(uow, &id, Some(operations)))?;
    Ok(())
}

fn set_settings(world: &mut World) -> Result<()> {
    let id = repository(world);
    let settings = Some(Json(json!({"shallow": true})));
    world.write(|uow| code_repositories::set_settings(uow, &id, settings))?;
    Ok(())
}

fn note_access(world: &mut World) -> Result<()> {
    let id = repository(world);
    world.write(|uow| code_repositories::note_access(uow, &id))
}

fn recount(world: &mut World) -> Result<()> {
    let id = repository(world);
    world.write(|uow| code_repositories::recount(uow, &id))?;
    Ok(())
}

fn update_ratings(world: &mut World) -> Result<()> {
    world.write(|uow| code_repositories::update_ratings(uow, None))?;
    Ok(())
}

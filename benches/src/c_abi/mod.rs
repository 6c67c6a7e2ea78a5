//! The shared library, called as a host calls it.
#![allow(unsafe_code, reason = "C functions")]

mod build;

pub(crate) use build::shared_library;

use std::ffi::c_void;
use std::path::Path;
use std::ptr::{null, null_mut};

use libloading::Symbol;
use orchestra_store::Durability;

/// The number of `Tasks` among the entities.
const TASKS: i32 = 11;

/// The loaded library.
#[derive(Debug)]
pub struct Library(libloading::Library);

/// `orchestra_buffer`.
#[derive(Debug)]
#[repr(C)]
struct RawBuffer {
    ptr: *mut u8,
    len: usize,
}

/// The first fields of `orchestra_store_options`, which is read by its size.
#[repr(C)]
struct Options {
    struct_size: u32,
    durability: i32,
}

type Handle = *mut c_void;
type Text = (*const u8, usize);
type Open = unsafe extern "C" fn(*const u8, usize, *const Options, *mut Handle, Handle) -> i32;
type Free = unsafe extern "C" fn(Handle);
type FreeBuffer = unsafe extern "C" fn(*mut RawBuffer);
type WithText = unsafe extern "C" fn(Handle, *const u8, usize, *mut RawBuffer, Handle) -> i32;
type Query = unsafe extern "C" fn(Handle, i32, *const u8, usize, *mut RawBuffer, Handle) -> i32;
type Claim =
    unsafe extern "C" fn(Handle, *const u8, usize, u32, u32, *mut RawBuffer, Handle) -> i32;
type Start =
    unsafe extern "C" fn(Handle, *const u8, usize, *const u8, usize, *mut RawBuffer, Handle) -> i32;
type Complete = unsafe extern "C" fn(
    Handle,
    *const u8,
    usize,
    *const u8,
    usize,
    *const u8,
    usize,
    *mut RawBuffer,
    Handle,
) -> i32;

type CompleteAndClaim = unsafe extern "C" fn(
    Handle,
    *const u8,
    usize,
    *const u8,
    usize,
    *const u8,
    usize,
    *const u8,
    usize,
    *mut RawBuffer,
    Handle,
) -> i32;

impl Library {
    /// Builds the library in the profile of this program, and loads it.
    pub fn build() -> Self {
        // SAFETY: the library's initialisers only set up its own data.
        Self(unsafe { libloading::Library::new(shared_library()) }.unwrap())
    }

    /// Opens a database.
    pub fn open(&self, path: &Path, durability: Durability) -> Store<'_> {
        let options = Options {
            struct_size: size_of::<Options>() as u32,
            durability: match durability {
                Durability::Full => 1,
                Durability::Normal => 2,
            },
        };
        let (path, length) = text(path.to_str().unwrap());
        let open: Symbol<'_, Open> = self.function("orchestra_store_open");
        let mut handle = null_mut();
        // SAFETY: the arguments are those that the header asks for.
        succeed(unsafe { open(path, length, &options, &mut handle, null_mut()) });
        Store {
            handle,
            free: self.function("orchestra_store_free"),
            free_buffer: self.function("orchestra_buffer_free"),
            get: self.function("orchestra_task_get"),
            enqueue: self.function("orchestra_task_enqueue"),
            claim: self.function("orchestra_task_claim_for_agent"),
            start: self.function("orchestra_task_start"),
            complete: self.function("orchestra_task_complete"),
            claim_and_start: self.function("orchestra_task_claim_and_start"),
            complete_and_claim: self.function("orchestra_task_complete_and_claim"),
            query: self.function("orchestra_entity_query"),
        }
    }

    fn function<T>(&self, name: &str) -> Symbol<'_, T> {
        // SAFETY: the types above are those of the header.
        unsafe { self.0.get(name.as_bytes()) }.unwrap()
    }
}

/// An open database.
#[derive(Debug)]
pub struct Store<'l> {
    handle: Handle,
    free: Symbol<'l, Free>,
    free_buffer: Symbol<'l, FreeBuffer>,
    get: Symbol<'l, WithText>,
    enqueue: Symbol<'l, WithText>,
    claim: Symbol<'l, Claim>,
    start: Symbol<'l, Start>,
    complete: Symbol<'l, Complete>,
    claim_and_start: Symbol<'l, WithText>,
    complete_and_claim: Symbol<'l, CompleteAndClaim>,
    query: Symbol<'l, Query>,
}

// SAFETY: the library lets any thread use a store, and all of them at the same time.
unsafe impl Send for Store<'_> {}
// SAFETY: as above.
unsafe impl Sync for Store<'_> {}

impl Store<'_> {
    /// `orchestra_task_get`
    pub fn task(&self, id: &str) -> Buffer<'_> {
        self.with_text(&self.get, id)
    }

    /// `orchestra_task_enqueue`
    pub fn enqueue(&self, task: &str) -> Buffer<'_> {
        self.with_text(&self.enqueue, task)
    }

    fn with_text(&self, function: &WithText, argument: &str) -> Buffer<'_> {
        let (argument, length) = text(argument);
        // SAFETY: the arguments are those that the header asks for.
        self.receive(|buffer| unsafe {
            function(self.handle, argument, length, buffer, null_mut())
        })
    }

    /// `orchestra_entity_query`, of tasks.
    pub fn query_tasks(&self, document: &str) -> Buffer<'_> {
        let (document, length) = text(document);
        // SAFETY: as above.
        self.receive(|buffer| unsafe {
            (self.query)(self.handle, TASKS, document, length, buffer, null_mut())
        })
    }

    /// `orchestra_task_claim_for_agent`, one task.
    pub fn claim_for_agent(&self, agent: &str) -> Buffer<'_> {
        let (agent, length) = text(agent);
        // SAFETY: as above.
        self.receive(|buffer| unsafe {
            (self.claim)(self.handle, agent, length, 1, 0, buffer, null_mut())
        })
    }

    /// `orchestra_task_start`, without the task as it is then.
    pub fn start(&self, id: &str, token: &str) {
        let ((id, id_length), (token, length)) = (text(id), text(token));
        // SAFETY: as above; no buffer is wanted.
        succeed(unsafe {
            (self.start)(
                self.handle,
                id,
                id_length,
                token,
                length,
                null_mut(),
                null_mut(),
            )
        });
    }

    /// `orchestra_task_complete`, without the task as it is then.
    pub fn complete(&self, id: &str, token: &str, result: &str) {
        let ((id, id_length), (token, length)) = (text(id), text(token));
        let (result, result_length) = text(result);
        // SAFETY: as above; no buffer is wanted.
        succeed(unsafe {
            (self.complete)(
                self.handle,
                id,
                id_length,
                token,
                length,
                result,
                result_length,
                null_mut(),
                null_mut(),
            )
        });
    }

    /// `orchestra_task_claim_and_start`
    pub fn claim_and_start(&self, claim: &str) -> Buffer<'_> {
        self.with_text(&self.claim_and_start, claim)
    }

    /// `orchestra_task_complete_and_claim`
    pub fn complete_and_claim(
        &self,
        id: &str,
        token: &str,
        result: &str,
        claim: &str,
    ) -> Buffer<'_> {
        let ((id, id_length), (token, token_length)) = (text(id), text(token));
        let ((result, result_length), (claim, claim_length)) = (text(result), text(claim));
        // SAFETY: as above.
        self.receive(|buffer| unsafe {
            (self.complete_and_claim)(
                self.handle,
                id,
                id_length,
                token,
                token_length,
                result,
                result_length,
                claim,
                claim_length,
                buffer,
                null_mut(),
            )
        })
    }

    fn receive(&self, call: impl FnOnce(*mut RawBuffer) -> i32) -> Buffer<'_> {
        let mut raw = RawBuffer {
            ptr: null_mut(),
            len: 0,
        };
        succeed(call(&mut raw));
        Buffer { raw, store: self }
    }
}

impl Drop for Store<'_> {
    fn drop(&mut self) {
        // SAFETY: nobody has the handle any more.
        unsafe { (self.free)(self.handle) };
    }
}

/// Bytes that the library made.
#[derive(Debug)]
pub struct Buffer<'s> {
    raw: RawBuffer,
    store: &'s Store<'s>,
}

impl Buffer<'_> {
    /// The JSON.
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: the library filled the buffer, and it isn't freed before it is dropped.
        unsafe { std::slice::from_raw_parts(self.raw.ptr, self.raw.len) }
    }
}

impl Drop for Buffer<'_> {
    fn drop(&mut self) {
        // SAFETY: the library made the buffer.
        unsafe { (self.store.free_buffer)(&mut self.raw) };
    }
}

fn text(text: &str) -> Text {
    match text {
        "" => (null(), 0),
        text => (text.as_ptr(), text.len()),
    }
}

fn succeed(status: i32) {
    assert_eq!(status, 0, "orchestra_status");
}

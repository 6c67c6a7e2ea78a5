//! Follows CONTRIBUTING.md, "Adding a table", on a copy of the sources, and uses the table.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{copy_directory, target_directory};

/// What the guide asks for: a text, and where it goes.
#[derive(Debug)]
enum Instruction {
    NewFile { path: String },
    AtTheEndOf { path: String },
    Behind { line: String, path: String },
}

impl Instruction {
    /// Reads a line such as ``Behind `LINE` in `FILE`:``; other lines introduce no code.
    fn read(line: &str) -> Option<Self> {
        let parts: Vec<&str> = line.trim().split('`').collect();
        match parts[..] {
            ["New file ", path, ":"] => Some(Self::NewFile { path: path.into() }),
            ["At the end of ", path, ":"] => Some(Self::AtTheEndOf { path: path.into() }),
            ["Behind ", line, " in ", path, ":"] => Some(Self::Behind {
                line: line.into(),
                path: path.into(),
            }),
            _ => None,
        }
    }

    fn follow(&self, root: &Path, code: &str) {
        let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
        match self {
            Self::NewFile { path } => {
                let file = root.join(path);
                assert!(!file.exists(), "{path} is there already");
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, code).unwrap();
            }
            Self::AtTheEndOf { path } => {
                fs::write(root.join(path), read(path) + "\n" + code).unwrap();
            }
            Self::Behind { line, path } => {
                let text = read(path);
                let (before, behind) = text
                    .split_once(&format!("{line}\n"))
                    .unwrap_or_else(|| panic!("{path} has no line {line}"));
                fs::write(root.join(path), format!("{before}{line}\n{code}{behind}")).unwrap();
            }
        }
    }
}

/// The instructions of the guide with their code.
fn guide() -> Vec<(Instruction, String)> {
    let page = fs::read_to_string(workspace().join("CONTRIBUTING.md")).unwrap();
    let (_, guide) = page.split_once("## Adding a table\n").unwrap();
    let guide = guide.split("\n## ").next().unwrap();
    let mut steps = Vec::new();
    let mut announced = None;
    let mut code: Option<String> = None;
    for line in guide.lines() {
        let line = line.strip_prefix("   ").unwrap_or(line);
        match &mut code {
            Some(text) if line == "```" => {
                let instruction = announced.take().expect("code without an instruction");
                steps.push((instruction, std::mem::take(text)));
                code = None;
            }
            Some(text) => *text += &format!("{line}\n"),
            None if line.starts_with("```") => code = Some(String::new()),
            None => announced = Instruction::read(line).or(announced),
        }
    }
    steps
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Copies what the kernel is built from.
fn copy_sources(to: &Path) {
    for folder in ["src", "migrations", ".cargo"] {
        copy_directory(&workspace().join(folder), &to.join(folder));
    }
    for file in ["Cargo.lock", "README.md"] {
        fs::copy(workspace().join(file), to.join(file)).unwrap();
    }
    let manifest = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let manifest: String = manifest
        .lines()
        .map(|line| match line.split(" = ").next() {
            Some("members" | "default-members") => "members = [\".\"]\n".to_owned(),
            _ => format!("{line}\n"),
        })
        .collect();
    let manifest = manifest.replacen("members = [\".\"]\n", "", 1);
    // The copy has no tests.
    let manifest = manifest.replace("[[test]]\nname = \"it\"\npath = \"tests/it/main.rs\"\n", "");
    fs::write(to.join("Cargo.toml"), manifest).unwrap();
}

/// A program that uses the new table by its number, its name, and its type.
const PROGRAM: &str = r#"//! Notes on tasks.

use orchestra_store::models::{Note, TaskId};
use orchestra_store::services::{data, tasks};
use orchestra_store::{Store, StoreConfig, registry};
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("a path is missing")?;
    let store = Store::open(StoreConfig::new(path))?;
    let task = store.write(|uow| tasks::enqueue(uow, &tasks::NewTask::new("make", "/srv")))?;
    let notes = registry::by_number(20)?;
    assert_eq!(notes.name(), "Notes");
    let row = json!({"TaskId": task.id, "Text": "check the log"});
    let note = store.write(|uow| notes.insert(uow, &row))?;
    let query = json!({"where": {"TaskId": task.id}, "include": ["Task"]});
    let found = store.read(|reader| registry::by_name("Notes")?.query(reader, &query))?;
    assert_eq!(found["Items"][0]["Task"]["Command"], "make", "{found}");
    let id = note["Id"].as_str().ok_or("no id")?.parse()?;
    let note: Note = store.read(|reader| data::get(reader, &id))?;
    let of_task: &TaskId = &note.task_id;
    println!("{} {of_task}", note.text);
    let history = store.read(|reader| notes.history(reader, note.id.as_str()))?;
    assert_eq!(history.len(), 1);
    assert!(store.write(|uow| notes.insert(uow, &json!({"TaskId": task.id, "Text": ""}))).is_err());
    Ok(store.close()?)
}
"#;

#[test]
fn the_guide_adds_a_table() {
    let steps = guide();
    assert_eq!(steps.len(), 7, "{steps:?}");
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("copy");
    copy_sources(&copy);
    for (instruction, code) in &steps {
        instruction.follow(&copy, code);
    }
    fs::create_dir(copy.join("examples")).unwrap();
    fs::write(copy.join("examples/notes.rs"), PROGRAM).unwrap();

    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["run", "--quiet", "--offline", "--example", "notes", "--"])
        .arg(directory.path().join("notes.db"))
        .current_dir(&copy)
        .env("CARGO_TARGET_DIR", target_directory())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(!errors.contains("warning"), "{errors}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with("check the log "), "{printed}");
}

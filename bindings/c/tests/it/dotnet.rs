//! C# programs that use the library through the .NET layer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::call_counter::CallCounter;
use crate::dotnet_generated::is_left_out;
use crate::library::libraries;
use crate::note::note;
use crate::{fixtures, header, paths};

/// What compiles and runs C#.
enum Sdk {
    Mono,
    /// With the version of the framework that it comes with, such as `8.0`.
    Dotnet(String),
}

impl Sdk {
    fn find() -> Option<Self> {
        let version = |program: &str| {
            let output = Command::new(program).arg("--version").output().ok()?;
            let version = String::from_utf8(output.stdout).ok()?;
            output.status.success().then_some(version)
        };
        if version("mono").and(version("mcs")).is_some() {
            return Some(Self::Mono);
        }
        let dotnet = version("dotnet")?;
        let framework = dotnet.split('.').take(2).collect::<Vec<_>>().join(".");
        Some(Self::Dotnet(framework))
    }
}

/// A compiled program, in a directory of its own, which is removed at the end.
struct Program {
    directory: TempDir,
    runtime: &'static str,
    file: PathBuf,
}

impl Program {
    /// Compiles the layer and a sample; `None`, and a note, where nothing compiles C#.
    fn new(sample: &Path) -> Option<Self> {
        let Some(sdk) = Sdk::find() else {
            let sample = sample.display();
            note(&format!(
                "neither mono with mcs nor dotnet is there: {sample} was not compiled and run"
            ));
            return None;
        };
        let directory = tempfile::tempdir().unwrap();
        let (runtime, file) = match sdk {
            Sdk::Mono => ("mono", compile_with_mono(directory.path(), sample)),
            Sdk::Dotnet(framework) => (
                "dotnet",
                compile_with_dotnet(directory.path(), sample, &framework),
            ),
        };
        Some(Self {
            directory,
            runtime,
            file,
        })
    }

    /// A directory for the files of the program.
    fn data(&self) -> PathBuf {
        let data = self.directory.path().join("data");
        fs::create_dir_all(&data).unwrap();
        data
    }

    fn run(&self, arguments: &[&Path]) -> Output {
        self.run_with(libraries().shared.parent().unwrap(), arguments)
    }

    /// Runs it with the library that is in this directory.
    fn run_with(&self, library: &Path, arguments: &[&Path]) -> Output {
        Command::new(self.runtime)
            .arg(&self.file)
            .args(arguments)
            .env("LD_LIBRARY_PATH", library)
            .output()
            .unwrap()
    }
}

fn sample(name: &str) -> PathBuf {
    paths::workspace()
        .join("bindings/dotnet/samples")
        .join(name)
}

fn layer() -> PathBuf {
    paths::workspace().join("bindings/dotnet/src")
}

/// The layer becomes a library of its own, so that programs see only what is public.
fn compile_with_mono(directory: &Path, sources: &Path) -> PathBuf {
    let library = directory.join("Orchestra.Store.dll");
    let program = directory.join("program.exe");
    let mcs = || {
        let mut mcs = Command::new("mcs");
        mcs.args(["-langversion:7.2", "-warn:4", "-warnaserror"]);
        mcs
    };
    succeed(
        mcs()
            .args(["-unsafe", "-target:library"])
            .arg(option("-out:", &library))
            .args(csharp_files(&layer())),
    );
    succeed(
        mcs()
            .arg(option("-out:", &program))
            .arg(option("-reference:", &library))
            .args(csharp_files(sources)),
    );
    program
}

fn compile_with_dotnet(directory: &Path, sources: &Path, framework: &str) -> PathBuf {
    let project = directory.join("program.csproj");
    let (layer, sources) = (layer(), sources.display());
    let layer = layer.display();
    fs::write(
        &project,
        format!(
            r#"<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net{framework}</TargetFramework>
    <LangVersion>7.2</LangVersion>
    <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
    <UseAppHost>false</UseAppHost>
    <EnableDefaultCompileItems>false</EnableDefaultCompileItems>
  </PropertyGroup>
  <ItemGroup>
    <Compile Include="{layer}/*.cs;{sources}/*.cs" />
  </ItemGroup>
</Project>
"#
        ),
    )
    .unwrap();
    let out = directory.join("out");
    succeed(
        Command::new("dotnet")
            .arg("build")
            .arg(project)
            .arg("--output")
            .arg(&out),
    );
    out.join("program.dll")
}

fn option(name: &str, path: &Path) -> String {
    format!("{name}{}", path.display())
}

fn csharp_files(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path());
    let mut files: Vec<PathBuf> = files
        .filter(|file| file.extension().is_some_and(|e| e == "cs"))
        .collect();
    files.sort();
    files
}

fn succeed(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        describe(&output)
    );
}

fn describe(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    format!("{}\n{stdout}\n{stderr}", output.status)
}

/// The first C# example of README.md.
fn readme_example() -> Option<String> {
    let readme = fs::read_to_string(paths::workspace().join("README.md")).unwrap();
    let (_, behind) = readme.split_once("```csharp\n")?;
    let (example, _) = behind.split_once("```").unwrap();
    Some(example.to_owned())
}

#[test]
fn the_host_does_the_main_job_and_calls_every_function() {
    let Some(host) = Program::new(&sample("Host")) else {
        return;
    };
    let data = host.data();
    let state_file = fixtures::state_file(&data);
    let counter = CallCounter::new(host.directory.path());
    let output = host.run_with(counter.directory(), &[&data, Path::new(&state_file)]);
    assert!(output.status.success(), "{}", describe(&output));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.starts_with("host done with orchestra_store "),
        "{said}"
    );
    assert!(data.join("host.db").is_file());
    let wanted = header::functions().into_iter();
    let wanted = wanted.filter(|name| !is_left_out(name)).collect();
    assert_eq!(counter.called(), wanted);
}

#[test]
fn the_workers_complete_every_task() {
    let Some(workers) = Program::new(&sample("Workers")) else {
        return;
    };
    let data = workers.data();
    let state_file = fixtures::state_file(&data);
    let output = workers.run(&[&data, Path::new(&state_file), Path::new("24")]);
    assert!(output.status.success(), "{}", describe(&output));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("0 tasks did not complete"), "{said}");
}

#[test]
fn the_example_of_the_readme_is_the_sample() {
    let Some(example) = readme_example() else {
        note("README.md has no C# example: nothing was compared");
        return;
    };
    let sample = fs::read_to_string(sample("Readme").join("Readme.cs")).unwrap();
    assert_eq!(example, sample);
}

#[test]
fn the_example_of_the_readme_runs() {
    let Some(program) = Program::new(&sample("Readme")) else {
        return;
    };

    let database = program.data().join("orchestra.db");
    let output = program.run(&[&database]);
    assert!(output.status.success(), "{}", describe(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Completed\n");

    let output = program.run(&[&database.join("below-a-file.db")]);
    assert_eq!(output.status.code(), Some(1), "{}", describe(&output));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("Io: "), "{said}");
}

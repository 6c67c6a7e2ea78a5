using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Orchestra.Store;

/// <summary>Upkeep, backups, restoring, salvaging and exports.</summary>
internal static class Maintenance
{
    internal static void Run(string directory)
    {
        string path = Path.Combine(directory, "maintained.db");
        string backup = Path.Combine(directory, "backups", "first.db");
        Directory.CreateDirectory(Path.GetDirectoryName(backup));
        using (OrchestraStore store = OrchestraStore.Open(path))
        {
            store.EnqueueTask("{\"Id\":\"before\",\"Command\":\"make\",\"RepositoryPath\":\"/src/x\"}");
            Upkeep(store);
            Exports(store, directory);
            Backups(store, backup);
            Restore(store, backup);
        }
        Files(path, backup, Path.Combine(directory, "salvaged.db"));
        BackupsByTheUpkeep(Path.Combine(directory, "upkept.db"), Path.Combine(directory, "upkeep"));
    }

    private static void Upkeep(OrchestraStore store)
    {
        Check.Equal("false", JsonText.Property(store.Maintain(), "MoreDue"), "all that is due is done");
        string report = store.Maintain(TimeSpan.FromSeconds(1), 1);
        Check.Equal("true", JsonText.Property(report, "MoreDue"), "one batch leaves more to do");
        Check.That(store.MaintainDryRun().Contains("\"Steps\""), "what would be done");
        Check.Equal("[]", JsonText.Property(store.Repair(), "Repairs"), "nothing has to be mended");
        Check.That(long.Parse(JsonText.Property(store.Measure(), "Database")) > 0, "the database has a size");
        Check.Equal(0L, store.Checkpoint(), "nobody holds the write-ahead log");
        Check.That(store.Shrink() >= 0 && store.Vacuum() >= 0, "space is given back");
        Check.Throws<ArgumentOutOfRangeException>(() => store.Maintain(TimeSpan.Zero), "no time at all");
    }

    private static void Exports(OrchestraStore store, string directory)
    {
        using (var target = new MemoryStream())
        {
            Check.Equal(1L, store.Export(OrchestraEntity.Tasks, target, ExportFormat.Csv), "rows");
            string[] lines = Encoding.UTF8.GetString(target.ToArray()).Split('\n');
            Check.That(lines[0].StartsWith("Id,Command,"), "the names of the columns come first");
        }
        var readOnly = new MemoryStream(new byte[0], false);
        Check.Throws<IOException>(() => store.Export(OrchestraEntity.Tasks, readOnly), "a target that takes nothing");
        string all = Path.Combine(directory, "export");
        IList<string> files = JsonText.Elements(store.ExportAll(all));
        Check.That(File.Exists(JsonText.Property(files[0], "Path")), "the files are there");
        Check.Fails(OrchestraErrorCode.AlreadyExists, () => store.ExportAll(all));
    }

    private static void Backups(OrchestraStore store, string backup)
    {
        ulong told = 0;
        string made = store.Backup(backup, false, (stage, done, total) =>
        {
            Check.Equal("Copying", stage, "what it is doing");
            told = done;
            return true;
        });
        Check.Equal(backup, JsonText.Property(made, "Path"), "where it is");
        Check.That(told > 0, "progress was told");
        Check.Fails(OrchestraErrorCode.AlreadyExists, () => store.Backup(backup));
        // Larger than what is copied at once: the last step comes too late to cancel.
        store.RegisterAgent("{\"Name\":\"A\",\"Type\":\"t\",\"RepositoryPath\":\"*\",\"ConfigurationJson\":[\""
            + new string('x', 4 << 20) + "\"]}");
        Check.Fails(OrchestraErrorCode.Cancelled, () => store.Backup(backup, true, (stage, done, total) => false));
        Check.Equal("Verified", JsonText.Property(OrchestraStore.VerifyBackup(backup), "State"), "its state");
        string directory = Path.GetDirectoryName(backup);
        string policy = "{\"Directory\":\"" + directory + "\",\"Keep\":1}";
        Check.That(JsonText.Property(store.BackupIfDue(policy), "Made") != null, "a backup was due");
        Check.Equal(null, JsonText.Property(store.BackupIfDue(policy), "Made"), "none is due so soon");
        Check.Equal(2, JsonText.Elements(OrchestraStore.ListBackups(directory)).Count, "backups");
        Check.Fails(OrchestraErrorCode.Io, () => OrchestraStore.ListBackups(directory + ".no"));
    }

    private static void BackupsByTheUpkeep(string path, string directory)
    {
        var options = new StoreOptions { Backups = "{\"Directory\":\"" + directory + "\"}" };
        using (OrchestraStore store = OrchestraStore.Open(path, options))
        {
            store.Maintain(TimeSpan.FromMinutes(10));
            store.Maintain(TimeSpan.FromMinutes(10));
        }
        Check.Equal(1, JsonText.Elements(OrchestraStore.ListBackups(directory)).Count, "one was due");
        options.Backups = "{}";
        Check.Fails(OrchestraErrorCode.InvalidArgument, () => OrchestraStore.Open(path, options), "Column", "backups");
    }

    private static void Restore(OrchestraStore store, string backup)
    {
        store.EnqueueTask("{\"Id\":\"after\",\"Command\":\"make\",\"RepositoryPath\":\"/src/x\"}");
        Check.Fails(OrchestraErrorCode.InvalidArgument, () => store.Restore(backup, false, 100));
        Check.Throws<OperationCanceledException>(
            () => store.Restore(backup, false, null, (stage, done, total) => throw new InvalidOperationException()),
            "what the receiver of the progress throws ends the restore");
        Check.Equal("false", JsonText.Property(store.Restore(backup), "Migrated"), "it was of the present schema");
        Check.Fails(OrchestraErrorCode.NotFound, () => store.GetTask("after"), "Id", "after");
        store.GetTask("before");
    }

    private static void Files(string path, string backup, string salvaged)
    {
        string recovery = OrchestraStore.RecoverDatabase(path, salvaged);
        Check.Equal(salvaged, JsonText.Property(recovery, "Database"), "the new database");
        Check.Fails(OrchestraErrorCode.AlreadyExists, () => OrchestraStore.RecoverDatabase(path, salvaged));
        recovery = OrchestraStore.RecoverDatabaseInPlace(path);
        Check.Equal("true", JsonText.Property(recovery, "IsSound"), "a sound database is left alone");
        File.WriteAllText(path, new string('x', 8192));
        string restored = OrchestraStore.RestoreDatabase(path, backup);
        Check.That(JsonText.Property(restored, "Before").Contains(".damaged-"), "the damaged one was kept");
        using (OrchestraStore store = OrchestraStore.Open(path))
        {
            store.GetTask("before");
            Check.Fails(OrchestraErrorCode.Busy, () => OrchestraStore.RestoreDatabase(path, backup));
        }
    }
}

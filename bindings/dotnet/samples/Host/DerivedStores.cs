using System;
using System.Collections.Generic;
using System.Threading;
using Orchestra.Store;

/// <summary>Stores that are part of a transaction, or that something cancels.</summary>
internal static class DerivedStores
{
    internal static void Run(OrchestraStore store)
    {
        Transactions(store);
        Cancellation(store);
        Cursors(store);
        Changes(store);
    }

    private static void Transactions(OrchestraStore store)
    {
        long before = store.Count(OrchestraEntity.Users);
        using (OrchestraTransaction transaction = store.BeginTransaction())
        {
            transaction.Store.Insert(OrchestraEntity.Users, "{\"Id\":\"t1\",\"UserName\":\"t1\"}");
            Check.Equal(before, store.Count(OrchestraEntity.Users), "what is not committed isn't seen");
            transaction.Commit();
            Check.Fails(OrchestraErrorCode.Closed, () => transaction.Store.Count(OrchestraEntity.Users));
        }
        using (OrchestraTransaction transaction = store.BeginTransaction())
        {
            transaction.Store.HardDelete(OrchestraEntity.Users, "t1");
            transaction.Rollback();
        }
        using (OrchestraTransaction transaction = store.BeginTransaction())
        {
            transaction.Store.HardDelete(OrchestraEntity.Users, "t1");
        }
        Check.Equal(before + 1, store.Count(OrchestraEntity.Users), "what was committed alone");
        store.HardDelete(OrchestraEntity.Users, "t1");
    }

    private static void Cancellation(OrchestraStore store)
    {
        using (var cancel = new OrchestraCancel())
        using (OrchestraStore ended = store.WithCancellation(cancel))
        {
            cancel.Set();
            Check.Fails(OrchestraErrorCode.Cancelled, () => ended.ListAgents());
            cancel.Reset();
            ended.ListAgents();
        }
        using (var source = new CancellationTokenSource())
        using (OrchestraStore ended = store.WithCancellation(source.Token))
        using (store.BeginTransaction())
        {
            source.CancelAfter(20);
            Check.Fails(OrchestraErrorCode.Cancelled, () => ended.HeartbeatAgent("ada"));
        }
    }

    private static void Cursors(OrchestraStore store)
    {
        store.Insert(OrchestraEntity.Users, "{\"Id\":\"c1\",\"UserName\":\"größe\"}");
        using (OrchestraCursor cursor = store.OpenCursor(OrchestraEntity.Users, "{\"where\":{\"Id\":\"c1\"}}"))
        {
            Check.Equal("Id", cursor.GetName(0), "the first column");
            Check.That(cursor.ColumnCount > 2, "the columns of the table");
            Check.That(cursor.Read(), "the row");
            Check.Equal("c1", cursor.GetString(0), "the id");
            Check.That(!cursor.Read(), "there is one row");
        }
        const string Values = "SELECT 7, 1.5, ?, x'01', NULL";
        using (OrchestraCursor cursor = store.OpenSqlCursor(Values, "[\"größe\"]"))
        {
            Check.That(cursor.Read(), "the row of values");
            Check.Equal(7L, cursor.GetInt64(0), "a whole number");
            Check.That(cursor.GetDouble(1) > 1.4, "a number");
            Check.Equal("größe", cursor.GetString(2), "a text");
            Check.Equal(1, cursor.GetBytes(3).Length, "bytes");
            Check.That(cursor.IsNull(4) && cursor.GetString(4) == null, "no value");
            Check.Equal(CursorValueType.Null, cursor.GetValueType(4), "the type of no value");
        }
        Check.That(store.QuerySql("SELECT 7 AS n").Contains("[[7]]"), "an answer as JSON");
        store.HardDelete(OrchestraEntity.Users, "c1");
    }

    private static void Changes(OrchestraStore store)
    {
        long before = store.GetNewestChange();
        var told = new List<string>();
        using (var arrived = new ManualResetEvent(false))
        using (OrchestraFollower follower = store.Follow(before))
        using (store.Subscribe(
            (change, first, last) =>
            {
                told.Add(change);
                Check.Fails(OrchestraErrorCode.Misuse, () => store.ListAgents());
                arrived.Set();
            },
            "{\"EntityTypes\":[\"Users\"]}"))
        {
            GC.Collect();
            store.Insert(OrchestraEntity.Users, "{\"Id\":\"e1\",\"UserName\":\"e1\"}");
            Check.That(arrived.WaitOne(TimeSpan.FromMinutes(1)), "the change was told");
            Check.Equal("e1", JsonText.Property(told[0], "EntityId"), "what was changed");
            string next = follower.Next(TimeSpan.FromMinutes(1));
            Check.Equal("e1", JsonText.Property(next, "EntityId"), "the same from the outbox");
            Check.Equal(before + 1, follower.Position, "the place behind it");
            Check.That(follower.Next(TimeSpan.Zero) == null, "there is no other");
        }
        Check.Equal("false", JsonText.Property(store.GetChangesSince(before), "More"), "all changes");
        store.HardDelete(OrchestraEntity.Users, "e1");
    }

    internal static void Keys(string path)
    {
        var keys = new Vault();
        var options = new StoreOptions { NoAudit = true, KeepCompletedTasks = TimeSpan.FromDays(90), CacheKib = 0 };
        using (OrchestraStore store = OrchestraStore.OpenWithKeys(path, keys, options))
        {
            GC.Collect();
            store.ListAgents();
        }
    }

    private sealed class Vault : IEncryptionKeys
    {
        public string CurrentKeyId => "2026";

        public byte[] GetKey(string id) => new byte[32];
    }
}

using System;
using Orchestra.Store;

/// <summary>What has to hold.</summary>
internal static class Check
{
    internal static void That(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException("does not hold: " + what);
        }
    }

    internal static void Equal<T>(T expected, T found, string what) =>
        That(Equals(expected, found), what + ": expected " + expected + ", found " + found);

    /// <summary>The call fails with this code; a detail, where one is named, has this value.</summary>
    internal static OrchestraException Fails(
        OrchestraErrorCode code, Action call, string detail = null, string value = null)
    {
        try
        {
            call();
        }
        catch (OrchestraException error)
        {
            Equal(code, error.Code, error.Message);
            That(error.Message.Length > 0, "an error says what is wrong");
            if (detail != null)
            {
                Equal(value, JsonText.Property(error.Details, detail), detail + " in " + error.Details);
            }
            return error;
        }
        throw new InvalidOperationException("does not hold: it fails with " + code);
    }

    /// <summary>The call throws this exception.</summary>
    internal static void Throws<T>(Action call, string what)
        where T : Exception
    {
        try
        {
            call();
        }
        catch (T)
        {
            return;
        }
        throw new InvalidOperationException("does not hold: " + what + " is refused with " + typeof(T).Name);
    }
}

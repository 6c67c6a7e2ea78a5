using System;

namespace Orchestra.Store
{
    /// <summary>Times as the library counts them.</summary>
    internal static class Milliseconds
    {
        private static readonly DateTime Epoch = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);

        /// <summary>A duration, where 0 stands for the library's default.</summary>
        /// <exception cref="ArgumentOutOfRangeException">It is shorter than 1 ms, or longer than
        /// 49 days.</exception>
        internal static uint OrDefault(string name, TimeSpan? duration)
        {
            if (duration == null)
            {
                return 0;
            }
            double milliseconds = duration.Value.TotalMilliseconds;
            if (milliseconds < 1 || milliseconds > uint.MaxValue)
            {
                throw new ArgumentOutOfRangeException(name, duration, "must be 1 ms to 49 days");
            }
            return (uint)milliseconds;
        }

        /// <summary>A length of time that may be years, where 0 stands for the library's default.</summary>
        /// <exception cref="ArgumentOutOfRangeException">It is shorter than 1 ms.</exception>
        internal static long LengthOrDefault(string name, TimeSpan? length)
        {
            if (length == null)
            {
                return 0;
            }
            if (length.Value.TotalMilliseconds < 1)
            {
                throw new ArgumentOutOfRangeException(name, length, "must be 1 ms or more");
            }
            return (long)length.Value.TotalMilliseconds;
        }

        /// <summary>A moment, since 1970, UTC.</summary>
        internal static long Since1970(DateTime time) => (long)(time.ToUniversalTime() - Epoch).TotalMilliseconds;

        /// <summary>The moment so long after 1970, UTC.</summary>
        internal static DateTime FromSince1970(long milliseconds) => Epoch.AddMilliseconds(milliseconds);
    }
}

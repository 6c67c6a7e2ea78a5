using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Orchestra.Store
{
    /// <summary>Takes apart the JSON that the library writes, for hosts that have no JSON library.</summary>
    /// <remarks>It relies on that JSON being well-formed; anything else is a
    /// <see cref="FormatException"/> or a wrong answer.</remarks>
    public static class JsonText
    {
        /// <summary>A property of an object: a string decoded, anything else as JSON; <c>null</c>
        /// where it is null or not there.</summary>
        public static string Property(string json, string name)
        {
            foreach (string member in Parts(json, '{'))
            {
                int nameEnd = ValueEnd(member, 0);
                if (Decode(member.Substring(0, nameEnd)) == name)
                {
                    string value = member.Substring(nameEnd).TrimStart().Substring(1).Trim();
                    return value == "null" ? null : Decode(value);
                }
            }
            return null;
        }

        /// <summary>The elements of an array, each as JSON.</summary>
        public static IList<string> Elements(string json) => Parts(json, '[');

        private static List<string> Parts(string json, char opening)
        {
            string text = json.Trim();
            if (text.Length < 2 || text[0] != opening)
            {
                throw new FormatException("no " + opening + " at the start of " + json);
            }
            var parts = new List<string>();
            int start = 1;
            for (int at = 1; at < text.Length; at = ValueEnd(text, at))
            {
                if (text[at] == ',' || at == text.Length - 1)
                {
                    string part = text.Substring(start, at - start).Trim();
                    if (part.Length > 0)
                    {
                        parts.Add(part);
                    }
                    start = at + 1;
                }
            }
            return parts;
        }

        // The place behind the string, object, array or other character that is at `start`.
        private static int ValueEnd(string text, int start)
        {
            int depth = 0;
            int at = start;
            do
            {
                char c = text[at];
                if (c == '"')
                {
                    for (at++; text[at] != '"'; at++)
                    {
                        if (text[at] == '\\')
                        {
                            at++;
                        }
                    }
                }
                else if (c == '{' || c == '[')
                {
                    depth++;
                }
                else if ((c == '}' || c == ']') && depth > 0)
                {
                    depth--;
                }
                at++;
            }
            while (depth > 0);
            return at;
        }

        private static string Decode(string value)
        {
            if (value[0] != '"')
            {
                return value;
            }
            var text = new StringBuilder();
            for (int at = 1; at < value.Length - 1; at++)
            {
                if (value[at] != '\\')
                {
                    text.Append(value[at]);
                    continue;
                }
                at++;
                if (value[at] == 'u')
                {
                    string code = value.Substring(at + 1, 4);
                    text.Append((char)ushort.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    at += 4;
                }
                else
                {
                    int escape = "bfnrt".IndexOf(value[at]);
                    text.Append(escape < 0 ? value[at] : "\b\f\n\r\t"[escape]);
                }
            }
            return text.ToString();
        }
    }
}

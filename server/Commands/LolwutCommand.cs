using System.Text;

namespace RespKv.Server.Commands;

/// <summary>LOLWUT: rolling hills under a sky of keys, different each time, and the version below.</summary>
internal static class LolwutCommand
{
    private const int ColumnsDefault = 64;
    private const int ColumnsMax = 200;
    private const int RowsDefault = 10;
    private const int RowsMax = 50;

    // LOLWUT [VERSION version [columns [rows]]]; each version has the same picture.
    public static void Run(CommandContext context)
    {
        var request = context.Request;
        var numbers = new List<long>();
        var first = request.Length > 2 && Ascii.EqualsIgnoreCase(request[1], "VERSION"u8) ? 2 : 1;
        for (var i = first; i < request.Length; i++)
        {
            if (!request.TryGetInt64(i, out var number) || number is < int.MinValue or > int.MaxValue)
            {
                // Without VERSION Redis looks at nothing that follows.
                if (first == 1)
                    continue;
                context.Error(ErrorReplies.NotAnInteger);
                return;
            }

            numbers.Add(number);
        }

        var sizes = numbers.Skip(first - 1).ToList();
        var columns = (int)Math.Clamp(sizes.ElementAtOrDefault(0) is > 0 and var c ? c : ColumnsDefault, 1, ColumnsMax);
        var rows = (int)Math.Clamp(sizes.ElementAtOrDefault(1) is > 0 and var r ? r : RowsDefault, 1, RowsMax);
        context.Reply.Verbatim("txt"u8, Encoding.UTF8.GetBytes(Draw(columns, rows, Random.Shared)));
    }

    private static string Draw(int columns, int rows, Random random)
    {
        var (phase, width) = (random.NextDouble() * Math.PI * 2, 6 + (random.NextDouble() * 10));
        var text = new StringBuilder();
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var hill = rows * (0.6 + (0.2 * Math.Sin((column / width) + phase)) + (0.1 * Math.Sin((column / width * 2.3) + phase)));
                text.Append(row >= hill + 2 ? '#' : row >= hill ? '~' : random.Next(40) == 0 ? "*.o+"[random.Next(4)] : ' ');
            }

            text.Append('\n');
        }

        return text.Append("\nKeys over hills. RespKv ver. ").Append(ServerIdentity.Version).Append(". Redis ver. ").Append(ServerIdentity.RedisVersion).Append('\n').ToString();
    }
}

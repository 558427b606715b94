namespace RespKv.Server.Storage;

/// <summary>What a record's value is. Stored; values never change meaning.</summary>
internal enum RecordType : byte
{
    /// <summary>A string: any bytes.</summary>
    String = 0,
}

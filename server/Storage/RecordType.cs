namespace RespKv.Server.Storage;

/// <summary>What a record's value is. Stored; values never change meaning.</summary>
internal enum RecordType : byte
{
    /// <summary>A string: any bytes.</summary>
    String = 0,

    /// <summary>A hash whose fields are all in the value (<see cref="Hashes.PackedHash"/>).</summary>
    Hash = 1,

    /// <summary>A hash whose fields are records of a keyset of their own: the value is that keyset's id, 4 bytes.</summary>
    LargeHash = 2,
}

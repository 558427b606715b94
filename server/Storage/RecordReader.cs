namespace RespKv.Server.Storage;

/// <summary>Takes what it needs from a live record. Called under the record's lock: no waiting, no calls to the store.</summary>
internal abstract class RecordReader
{
    /// <summary>Whether this read counts as a use of the key, for eviction and OBJECT IDLETIME.</summary>
    public virtual bool IsUse => true;

    /// <summary>The record is live, and its spans end with this call.</summary>
    public abstract void Read(in Record record);
}

using RespKv.Crash;

namespace RespKv.Tests.Durability;

/// <summary>The checker itself: what it lets pass, and what not.</summary>
public sealed class LinearizabilityTests
{
    [Fact]
    public void Commands_that_overlap_may_take_effect_in_either_order() => Assert.True(Linearizability.Holds(
        [new(0, 10, "SET", "1", "OK"), new(1, 11, "SET", "2", "OK"), new(20, 21, "GET", null, "1")]));

    [Fact]
    public void A_read_does_not_see_what_was_overwritten_before_it_began() => Assert.False(Linearizability.Holds(
        [new(0, 1, "SET", "1", "OK"), new(2, 3, "SET", "2", "OK"), new(4, 5, "GET", null, "1")]));

    [Fact]
    public void A_key_is_deleted_once() => Assert.False(Linearizability.Holds(
        [new(0, 1, "SET", "1", "OK"), new(2, 5, "DEL", null, "1"), new(3, 6, "DEL", null, "1")]));

    [Fact]
    public void A_key_that_was_there_is_not_deleted_by_nobody() => Assert.False(Linearizability.Holds(
        [new(0, 1, "SET", "1", "OK"), new(2, 5, "DEL", null, "0"), new(3, 6, "SETNX", "2", "0")]));

    [Fact]
    public void Two_counts_are_not_the_same() => Assert.False(Linearizability.Holds(
        [new(0, 5, "INCR", null, "1"), new(1, 6, "INCR", null, "1")]));

    [Fact]
    public void What_is_appended_is_behind_what_was_there() => Assert.False(Linearizability.Holds(
        [new(0, 1, "APPEND", "a", "1"), new(2, 5, "APPEND", "b", "2"), new(3, 6, "SET GET", "c", "ba")]));

    [Fact]
    public void What_is_no_number_is_not_counted_up() => Assert.True(Linearizability.Holds(
        [new(0, 1, "APPEND", "a", "1"), new(2, 5, "INCR", null, "ERR value is not an integer or out of range"), new(6, 7, "GETDEL", null, "a")]));
}

using RespKv.Server.Configuration;
using RespKv.Tests.Support;

namespace RespKv.Tests.Configuration;

public sealed class OptionsReferenceTests
{
    [Fact]
    public void The_page_of_options_is_up_to_date() => Repository.AssertPage("options.md", OptionsReference.Render());

    [Fact]
    public void Every_option_that_acts_says_what_it_does() => Assert.All(ParameterTable.Effective, p => Assert.True(p.HasEffect && p.Summary.Length > 0, p.Name));

    [Fact]
    public void What_is_only_remembered_has_no_effect() => Assert.All(RememberedParameters.All, p => Assert.False(p.HasEffect, p.Name));

    [Fact]
    public void Every_default_is_a_value_of_its_parameter() =>
        Assert.All(ParameterTable.All, p => Assert.Equal((true, p.Default), (p.Kind.TryRead(p.Default, out var value, out _), value)));
}

package io.mosquittoha.certification.report;

/** Something that was measured or seen: {@code 38} {@code ms}, or a word with no unit. */
public record Figure(String name, String value, String unit) {}

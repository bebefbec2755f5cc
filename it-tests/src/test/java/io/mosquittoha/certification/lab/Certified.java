package io.mosquittoha.certification.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A class of the certification: its methods can take a {@link Lab}, which is a namespace of its own
 * on the cluster that all classes share, and {@link io.mosquittoha.certification.report.Figures}.
 * When a test fails, objects, events and logs are kept.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(LabExtension.class)
public @interface Certified {}

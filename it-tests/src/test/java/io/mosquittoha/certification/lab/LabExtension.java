package io.mosquittoha.certification.lab;

import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.testbed.ClusterSpec;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.opentest4j.TestAbortedException;

/** Hands out labs and figures, and collects evidence. */
final class LabExtension
    implements BeforeAllCallback,
        AfterEachCallback,
        ExecutionCondition,
        ParameterResolver,
        LifecycleMethodExecutionExceptionHandler {

  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(LabExtension.class);

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (privateCluster(context).isPresent() && ForeignGrounds.wanted().isPresent()) {
      return ConditionEvaluationResult.disabled(
          "this class stops nodes and needs a cluster of its own, and -D"
              + ForeignGrounds.KUBECONFIG
              + " names somebody's");
    }
    return ConditionEvaluationResult.enabled("");
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultPollInterval(Duration.ofMillis(200));
    Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
    var keeper =
        context
            .getRoot()
            .getStore(STORE)
            .computeIfAbsent("keeper", key -> new GroundsKeeper(), GroundsKeeper.class);
    var grounds =
        privateCluster(context)
            .map(wanted ->
                keeper.grounds(
                    ClusterSpec.singleNode()
                        .withAgents(wanted.agents())
                        .withClusterDomain(wanted.clusterDomain())))
            .orElseGet(keeper::shared);
    var described = new LinkedHashMap<>(grounds.description());
    described.put("Kubernetes", grounds.kubernetes().getKubernetesVersion().getGitVersion());
    described.put("Helm", Helm.version());
    Figures.describeCluster(context, described);
    context
        .getStore(STORE)
        .computeIfAbsent(
            "lab",
            key ->
                new Lab(grounds, context.getRequiredTestClass().getSimpleName().replace("IT", "")),
            Lab.class);
  }

  private static Optional<PrivateCluster> privateCluster(ExtensionContext context) {
    return context.getTestClass().map(type -> type.getAnnotation(PrivateCluster.class));
  }

  private static Lab lab(ExtensionContext context) {
    return Optional.ofNullable(context.getStore(STORE).get("lab", Lab.class))
        .orElseThrow(() -> new IllegalStateException("no lab was prepared for this class"));
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    var type = parameter.getParameter().getType();
    return type == Lab.class || type == Figures.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Lab.class
        ? lab(context)
        : new Figures(context::publishReportEntry);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    context
        .getExecutionException()
        .filter(failure -> !(failure instanceof TestAbortedException))
        .ifPresent(failure ->
            collect(
                context,
                context.getRequiredTestMethod().getName() + " " + context.getDisplayName()));
  }

  @Override
  public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    if (!(failure instanceof TestAbortedException)) {
      collect(context, "installing");
    }
    throw failure;
  }

  private static void collect(ExtensionContext context, String what) {
    var name = context.getRequiredTestClass().getSimpleName() + "/" + what;
    try {
      var folder =
          Evidence.collect(
              lab(context), context.getRequiredTestClass().getSimpleName() + "." + what);
      context.publishReportEntry("evidence", Checkout.results().relativize(folder).toString());
    } catch (RuntimeException e) {
      System.err.println("no evidence could be collected for " + name + ": " + e);
    }
  }
}

package io.mosquittoha.certification.browser;


import com.deque.html.axecore.results.Rule;
import com.deque.html.axecore.selenium.AxeBuilder;
import io.mosquittoha.certification.lab.Checkout;
import io.mosquittoha.certification.report.Figures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.Select;

/**
 * A headless Chromium on one web application. Elements are found by their attribute {@code
 * data-test}. Pages change by themselves: everything waits until it is as it should be, and looks
 * again when what it found was replaced meanwhile.
 */
public final class Browser implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final URI address;
  private final ChromeDriver driver;

  private Browser(URI address, ChromeDriver driver) {
    this.address = address;
    this.driver = driver;
  }

  /** Starts one. On Debian, as root, it is installed if there is none. */
  public static Browser on(URI address) {
    var programs = programs();
    var options = new ChromeOptions();
    options.setBinary(programs.getFirst());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--force-device-scale-factor=1",
        "--window-size=1360,900");
    var logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, java.util.logging.Level.ALL);
    options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
    var service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(new java.io.File(programs.get(1)))
            .build();
    return new Browser(address, new ChromeDriver(service, options));
  }

  private static List<String> programs() {
    try {
      var process =
          new ProcessBuilder(Checkout.root().resolve("testbed/browser").toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      var lines = process.inputReader().lines().toList();
      if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0 || lines.size() != 2) {
        throw new AssertionError("testbed/browser found no browser; its lines above say why");
      }
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  // ---- going places

  /** Opens a page of the application. */
  public void open(String path) {
    driver.get(address + path);
  }

  /** The path that it is at, with its query. */
  public String path() {
    var url = URI.create(driver.getCurrentUrl());
    return url.getRawPath() + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery());
  }

  // ---- what is there

  /** Waits for the element and for what it is to be like. */
  public String await(String test, Predicate<String> text) {
    return awaitWithin(PATIENCE, test, text);
  }

  public String awaitWithin(Duration patience, String test, Predicate<String> text) {
    return Awaitility.await("the page to show " + test + " as expected")
        .pollInterval(Duration.ofMillis(50))
        .atMost(patience)
        .until(() -> text(test), found -> found.filter(text).isPresent())
        .orElseThrow();
  }

  /** The text of an element that is shown now, if there is one. */
  public Optional<String> text(String test) {
    try {
      return driver.findElements(by(test)).stream()
          .filter(WebElement::isDisplayed)
          .map(WebElement::getText)
          .findFirst();
    } catch (StaleElementReferenceException e) {
      return Optional.empty();
    }
  }

  /** The texts of all such elements. */
  public List<String> texts(String test) {
    try {
      return driver.findElements(by(test)).stream().map(WebElement::getText).toList();
    } catch (StaleElementReferenceException e) {
      return List.of();
    }
  }

  /** An attribute of all such elements that have it. */
  public List<String> attributes(String test, String name) {
    return attributes(by(test), name);
  }

  /** Outcomes of everything on the page that has one. */
  public List<String> outcomes() {
    return attributes(By.cssSelector("[data-outcome]"), "data-outcome");
  }

  private List<String> attributes(By which, String name) {
    try {
      return driver.findElements(which).stream()
          .map(element -> element.getDomAttribute(name))
          .filter(Objects::nonNull)
          .toList();
    } catch (StaleElementReferenceException e) {
      return List.of();
    }
  }

  /** An attribute of the first such element, or "". */
  public String attribute(String test, String name) {
    return attributes(test, name).stream().findFirst().orElse("");
  }

  public boolean shows(String test) {
    return text(test).isPresent();
  }

  /** The whole text of the page. */
  public String everything() {
    return driver.findElement(By.tagName("body")).getText();
  }

  public Object run(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  /** Runs a script that calls {@code done(result)} when it is through. */
  public Object async(String script) {
    driver.manage().timeouts().scriptTimeout(PATIENCE);
    return driver.executeAsyncScript("const done = arguments[arguments.length - 1];" + script);
  }

  // ---- what is done

  /** Clicks the first such element that is shown. */
  public void click(String test) {
    click(test, element -> true);
  }

  /** Clicks the first such element that is shown and stands in something that has this text. */
  public void clickIn(String row, String text, String test) {
    act(
        test + " beside " + text,
        () ->
            driver.findElements(by(row)).stream()
                .filter(it -> it.getText().contains(text))
                .flatMap(it -> it.findElements(by(test)).stream())
                .filter(WebElement::isDisplayed)
                .findFirst()
                .map(element -> {
                  element.click();
                  return true;
                })
                .orElse(false));
  }

  private void click(String test, Predicate<WebElement> which) {
    act(
        test + " to be clicked",
        () ->
            driver.findElements(by(test)).stream()
                .filter(WebElement::isDisplayed)
                .filter(which)
                .findFirst()
                .map(element -> {
                  element.click();
                  return true;
                })
                .orElse(false));
  }

  /** Types into the field, instead of what it had. */
  public void type(String test, String text) {
    act(
        test + " to be typed into",
        () ->
            driver.findElements(by(test)).stream()
                .filter(WebElement::isDisplayed)
                .findFirst()
                .map(element -> {
                  element.clear();
                  element.sendKeys(text);
                  return true;
                })
                .orElse(false));
  }

  /** Chooses from a list by the value of the option. */
  public void choose(String test, String value) {
    act(
        value + " to be chosen in " + test,
        () ->
            driver.findElements(by(test)).stream()
                .filter(WebElement::isDisplayed)
                .findFirst()
                .map(element -> {
                  new Select(element).selectByValue(value);
                  return true;
                })
                .orElse(false));
  }

  private interface Act {
    boolean done();
  }

  /** Does it once; what was replaced under its hands is looked for again. */
  private static void act(String what, Act act) {
    Awaitility.await("the page to let " + what)
        .pollInterval(Duration.ofMillis(50))
        .atMost(PATIENCE)
        .until(() -> {
          try {
            return act.done();
          } catch (StaleElementReferenceException
              | org.openqa.selenium.ElementNotInteractableException e) {
            return false;
          }
        });
  }

  // ---- what is judged

  /** Serious faults that axe finds on this page, as sentences. */
  public List<String> accessibilityFaults() {
    return new AxeBuilder()
        .withTags(List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"))
        .analyze(driver).getViolations().stream()
        .filter(rule -> List.of("serious", "critical").contains(rule.getImpact()))
        .map(Browser::sentence)
        .toList();
  }

  private static String sentence(Rule rule) {
    return "%s: %s (%s)"
        .formatted(
            rule.getId(),
            rule.getHelp(),
            rule.getNodes().stream().limit(3).map(node -> node.getHtml()).toList());
  }

  /** What the browser complained about since it was asked last: scripts that failed, policies that were broken. */
  public List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= java.util.logging.Level.SEVERE.intValue())
        .map(entry -> entry.getMessage())
        .toList();
  }

  /** Bytes that the page and all it needs took on the wire, with an empty cache. */
  public long weightOfFirstLoad(String path) {
    driver.executeCdpCommand("Network.enable", Map.of());
    driver.executeCdpCommand("Network.clearBrowserCache", Map.of());
    open(path);
    var script =
        """
        return performance.getEntriesByType('navigation')[0].transferSize
          + performance.getEntriesByType('resource').reduce((sum, it) => sum + it.transferSize, 0);
        """;
    return ((Number) driver.executeScript(script)).longValue();
  }

  // ---- how it looks

  public void size(int width, int height) {
    driver.manage().window().setSize(new Dimension(width, height));
    // A window has a least width; what is emulated has none.
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
  }

  /** Light or dark, as the machine of the user would say. */
  public void prefer(String scheme) {
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  /** Keeps a picture of what is shown now, for the report and the manual. */
  public void picture(String name, Figures figures) {
    try {
      var folder = Files.createDirectories(Checkout.results().resolve("screenshots"));
      Files.write(folder.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
      figures.picture("screenshots/" + name + ".png");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static By by(String test) {
    return By.cssSelector("[data-test=\"" + test + "\"]");
  }

  @Override
  public void close() {
    try {
      driver.quit();
    } catch (WebDriverException e) {
      // It is gone already.
    }
  }
}

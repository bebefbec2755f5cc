package io.mosquittoha.management.stub;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.javalin.http.Context;
import io.javalin.http.UploadedFile;
import io.mosquittoha.management.web.Page;
import io.mosquittoha.management.web.Person;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Visit;
import jakarta.servlet.http.Part;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request without a server; pages are rendered for real. */
public final class StubVisit implements Visit {

  private static final TemplateEngine PAGES =
      TemplateEngine.createPrecompiled(
          null,
          ContentType.Html,
          StubVisit.class.getClassLoader(),
          "io.mosquittoha.management.pages");

  /** What was written down. */
  public record Written(
      String action, String target, @Nullable Object before, @Nullable Object after) {}

  private final Map<String, String> parameters;
  private final Person who;
  private final @Nullable Object body;

  public String page = "";
  public @Nullable Object json;
  public String done = "";
  public String result = "";
  public final List<Written> written = new ArrayList<>();
  public final Map<String, String> headers = new HashMap<>();

  private Optional<Path> file = Optional.empty();

  private StubVisit(Role role, Map<String, String> parameters, @Nullable Object body) {
    this.who = new Person("tester", role, "127.0.0.1");
    this.parameters = parameters;
    this.body = body;
  }

  /** Of the path, and of the query. */
  public static StubVisit of(Role role, Map<String, String> parameters) {
    return new StubVisit(role, parameters, null);
  }

  public static StubVisit with(Object body, Map<String, String> parameters) {
    return new StubVisit(Role.ADMIN, parameters, body);
  }

  /** With a file in a form. */
  public static StubVisit sending(Path file, Map<String, String> parameters) {
    var visit = new StubVisit(Role.ADMIN, parameters, null);
    visit.file = Optional.of(file);
    return visit;
  }

  private UploadedFile uploaded() {
    return new UploadedFile(
        (Part)
            Proxy.newProxyInstance(
                StubVisit.class.getClassLoader(),
                new Class<?>[] {Part.class},
                (self, method, arguments) ->
                    switch (method.getName()) {
                      case "getInputStream" -> Files.newInputStream(file.orElseThrow());
                      default -> throw new AssertionError("not asked: " + method);
                    }));
  }

  @Override
  public Person who() {
    return who;
  }

  @Override
  public Context context() {
    return (Context)
        Proxy.newProxyInstance(
            StubVisit.class.getClassLoader(),
            new Class<?>[] {Context.class},
            (self, method, arguments) -> {
              if (method.getName().equals("header") && arguments.length == 2) {
                headers.put((String) arguments[0], (String) arguments[1]);
              }
              if (method.getName().equals("result") && arguments.length == 1) {
                result =
                    arguments[0] instanceof byte[] bytes
                        ? new String(bytes, StandardCharsets.UTF_8)
                        : String.valueOf(arguments[0]);
              }
              return switch (method.getName()) {
                case "isMultipartFormData" -> file.isPresent();
                case "uploadedFile" -> uploaded();
                default -> method.getReturnType() == boolean.class ? (Object) false : self;
              };
            });
  }

  @Override
  public String path(String name) {
    return query(name);
  }

  @Override
  public String query(String name) {
    return parameters.getOrDefault(name, "");
  }

  @Override
  public <T> T body(Class<T> type) {
    return type.cast(body);
  }

  @Override
  public void render(String template, Map<String, ?> parameters) {
    var all = new HashMap<String, Object>(parameters);
    all.put("page", new Page("/base", "/here", who, "csrf", "1", "demo"));
    var output = new StringOutput();
    PAGES.render(template, all, output);
    page = output.toString();
  }

  @Override
  public void json(Object body) {
    json = body;
  }

  @Override
  public void done(String sentence) {
    done = sentence;
  }

  @Override
  public void audit(String action, String target, @Nullable Object before, @Nullable Object after) {
    written.add(new Written(action, target, before, after));
  }
}

package io.mosquittoha.management.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import io.mosquittoha.management.Settings;
import io.mosquittoha.management.store.StoreException;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http.UriCompliance.Violation;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.server.handler.SizeLimitHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens, and lets nobody do what their role does not allow. */
public final class Server implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Server.class);

  /** What forms and JSON need at most. */
  private static final long MOST_BODY = 1 << 20;

  /** What a file may have; whether it fits in memory as well is for those who read it. */
  private static final long MOST_UPLOAD = 64L << 20;

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
          + "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
          + "frame-ancestors 'none'; manifest-src 'self'";

  private final Settings settings;
  private final Access access;
  private final Audit audit;
  private final ObjectMapper json = mapper();
  private final Bodies bodies = new Bodies(json);
  private final Pages pages = new Pages();
  private final List<Route> routes;
  private final Optional<Certificate> certificate;
  private final Set<QueuedStream> streams = ConcurrentHashMap.newKeySet();
  private final Semaphore uploads = new Semaphore(1);
  private final Javalin javalin;
  private final List<RequestWatch> watches = new CopyOnWriteArrayList<>();
  private final String version;

  private Server(Settings settings, Access access, Audit audit, RouteTable table) {
    this.settings = settings;
    this.access = access;
    this.audit = audit;
    table.get(
        "/api/v1/openapi.json",
        Role.VIEWER,
        "Say what can be asked, as OpenAPI 3.1",
        Map.class,
        visit -> visit.json(document()));
    this.routes = table.all();
    this.certificate =
        settings
            .certificate()
            .map(path ->
                new Certificate(
                    path,
                    settings
                        .certificateKey()
                        .orElseThrow(() ->
                            new Problem(500, "There is a certificate, but no certificateKey."))));
    var implementation = Server.class.getPackage().getImplementationVersion();
    this.version = implementation == null ? "development" : implementation;
    this.javalin = Javalin.create(this::configure);
  }

  /** Starts to listen; all rooms are open then. */
  static Server start(Settings settings, Access access, Audit audit, List<Room> rooms) {
    var table = new RouteTable();
    rooms.forEach(room -> room.open(table));
    var server = new Server(settings, access, audit, table);
    for (var room : rooms) {
      if (room instanceof RequestWatch watch) {
        server.watches.add(watch);
      }
    }
    server.javalin.start();
    return server;
  }

  static ObjectMapper mapper() {
    return JsonMapper.builder()
        .addModule(new JavaTimeModule())
        .addModule(new Jdk8Module())
        .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
        .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .build();
  }

  private void configure(JavalinConfig config) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.http.compressionStrategy = CompressionStrategy.GZIP;
    config.http.prefer405over404 = true;
    config.http.maxRequestSize = MOST_BODY;
    config.jetty.port = settings.port();
    var threads = new QueuedThreadPool(16, 2);
    threads.setName("http");
    // A stream holds its thread for as long as a page is open.
    threads.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
    config.jetty.threadPool = threads;
    config.jetty.modifyHttpConfiguration(Server::careful);
    config.jetty.modifyServer(jetty -> {
      jetty.insertHandler(new SizeLimitHandler(MOST_UPLOAD, -1));
      // Browsers keep idle connections open: to wait for them is to wait for nothing.
      jetty.setStopTimeout(0);
      var plain = new ErrorHandler();
      plain.setShowStacks(false);
      plain.setShowCauses(false);
      plain.setShowMessageInTitle(false);
      jetty.setErrorHandler(plain);
    });
    config.jetty.modifyServletContextHandler(
        context -> context.getServletHandler().setDecodeAmbiguousURIs(true));
    config.jetty.addConnector((jetty, http) -> {
      var connector = connector(jetty, http);
      connector.setPort(settings.port());
      connector.setIdleTimeout(60_000);
      return connector;
    });
    config.requestLogger.http(this::answered);
    config.routes.before(this::headers);
    config.routes.exception(Problem.class, (e, context) -> answer(context, e));
    config.routes.exception(
        LoginLimit.TooOften.class,
        (e, context) -> {
          context.header("Retry-After", Integer.toString(e.seconds()));
          answer(context, new Problem(429, String.valueOf(e.getMessage())));
        });
    config.routes.exception(
        HttpResponseException.class,
        (e, context) -> answer(context, new Problem(e.getStatus(), sentence(e.getStatus()))));
    config.routes.exception(
        StoreException.class,
        (e, context) -> {
          LOG.error(e.getMessage());
          answer(context, new Problem(503, e.getMessage() + "."));
        });
    config.routes.exception(Exception.class, this::fault);
    config.routes.error(404, context -> missing(context));
    for (var route : routes) {
      Handler handler = context -> serve(route, context);
      config.routes.addHttpHandler(route.method(), settings.base() + route.path(), handler);
    }
    config.routes.get(
        settings.base() + "/assets/{hash}/{name}",
        context -> Assets.serve(context, context.pathParam("hash"), context.pathParam("name")));
    config.routes.get(
        settings.base() + "/assets/{name}",
        context -> Assets.serve(context, "", context.pathParam("name")));
    if (!settings.base().isEmpty()) {
      config.routes.get("/", context -> context.redirect(settings.base() + "/"));
      // Probes know no base.
      routes.stream()
          .filter(route -> route.path().equals("/healthz") || route.path().equals("/readyz"))
          .forEach(route -> config.routes.get(route.path(), context -> serve(route, context)));
    }
  }

  private ServerConnector connector(org.eclipse.jetty.server.Server jetty, HttpConfiguration http) {
    if (certificate.isEmpty()) {
      return new ServerConnector(jetty, 1, 1, new HttpConnectionFactory(http));
    }
    // Browsers come by any name or address; the certificate's own are the browser's to check.
    http.addCustomizer(new SecureRequestCustomizer(false));
    return new ServerConnector(
        jetty,
        1,
        1,
        new SslConnectionFactory(certificate.get().factory(), "http/1.1"),
        new HttpConnectionFactory(http));
  }

  private Map<String, Object> document() {
    return OpenApi.of(routes, version, settings.base(), access.cookieName());
  }

  private static void careful(HttpConfiguration http) {
    http.setSendServerVersion(false);
    // A client id has up to 64 KiB, and stands in the address and in htmx's HX-Current-URL.
    http.setRequestHeaderSize(256 << 10);
    // Client ids and topics are parameters of paths, and have all characters. What may be done is
    // decided by the route that was found, never by comparing paths.
    http.setUriCompliance(
        UriCompliance.DEFAULT.with(
            "names",
            Violation.AMBIGUOUS_PATH_SEPARATOR,
            Violation.AMBIGUOUS_PATH_ENCODING,
            Violation.AMBIGUOUS_PATH_PARAMETER,
            Violation.AMBIGUOUS_PATH_SEGMENT,
            Violation.AMBIGUOUS_EMPTY_SEGMENT,
            Violation.SUSPICIOUS_PATH_CHARACTERS,
            Violation.ILLEGAL_PATH_CHARACTERS));
  }

  private void answered(Context context, Float millis) {
    var found = context.endpoints().lastHttpEndpoint();
    for (var watch : watches) {
      watch.answered(
          context.method().name(),
          found == null ? "" : found.path,
          context.statusCode(),
          millis / 1e3);
    }
  }

  private void headers(Context context) {
    context.header("Content-Security-Policy", POLICY);
    context.header("X-Content-Type-Options", "nosniff");
    context.header("X-Frame-Options", "DENY");
    context.header("Referrer-Policy", "same-origin");
    context.header("Cross-Origin-Opener-Policy", "same-origin");
    context.header("Cross-Origin-Resource-Policy", "same-origin");
    if (access.isSecure()) {
      context.header("Strict-Transport-Security", "max-age=31536000");
    }
    context.header("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
  }

  private void serve(Route route, Context context) throws Exception {
    var visitor = access.admit(route, context);
    if (visitor.isEmpty()) {
      // Sent to where one logs in.
      return;
    }
    var request = new Request(this, context, visitor.get());
    if (!context.isMultipartFormData()) {
      answer(route, request);
      return;
    }
    // Each is held in memory for a while, of which there is enough for one.
    if (!uploads.tryAcquire()) {
      throw new Problem(429, "Somebody else sends a file just now. Try again in a moment.");
    }
    try {
      answer(route, request);
    } finally {
      uploads.release();
    }
  }

  private void answer(Route route, Request request) throws Exception {
    switch (route.answer()) {
      case Route.Once once -> once.handler().handle(request);
      case Route.Streamed streamed -> stream(streamed, request);
    }
  }

  private void stream(Route.Streamed streamed, Request request) throws Exception {
    var stream = new QueuedStream(json);
    try {
      streamed.handler().open(request, stream);
    } catch (Exception e) {
      stream.ended();
      throw e;
    }
    streams.add(stream);
    try {
      stream.run(request.context(), () -> access.isStillAllowed(request.visitor()));
    } finally {
      streams.remove(stream);
    }
  }

  private void missing(Context context) {
    var type = context.res().getContentType();
    if (type == null || type.startsWith("text/plain")) {
      answer(context, new Problem(404, "There is nothing at this address."));
    }
  }

  private void fault(Exception e, Context context) {
    if (e instanceof IOException && context.res().isCommitted()) {
      return;
    }
    LOG.error("{} {} failed", context.method().name(), context.path(), e);
    answer(
        context,
        new Problem(500, "That went wrong inside this application. Its log says more; try again."));
  }

  /** Programmes get RFC 9457, and so do pages that asked for a piece; browsers get a page. */
  private void answer(Context context, Problem problem) {
    context.status(problem.status());
    context.header("Cache-Control", "no-store");
    var path = local(context);
    var accept = context.header("Accept");
    var wantsPage =
        !path.startsWith("/api/")
            && context.header("HX-Request") == null
            && accept != null
            && accept.contains("text/html");
    var title = title(problem.status());
    if (wantsPage) {
      try {
        context.html(
            pages.render(
                "access/problem.jte",
                Map.of(
                    "page",
                    page(context, access.visitorOrNobody(context)),
                    "status",
                    problem.status(),
                    "title",
                    title,
                    "detail",
                    String.valueOf(problem.getMessage()))));
        return;
      } catch (RuntimeException e) {
        LOG.error("The page about a problem can't be shown", e);
      }
    }
    context.contentType("application/problem+json");
    context.result(
        write(
            Map.of(
                "type",
                "about:blank",
                "title",
                title,
                "status",
                problem.status(),
                "detail",
                String.valueOf(problem.getMessage()))));
  }

  private static String title(int status) {
    return switch (status) {
      case 400 -> "That was not understood";
      case 401 -> "Log in first";
      case 403 -> "Not allowed";
      case 404 -> "Not found";
      case 405 -> "Not possible here";
      case 409 -> "Not now";
      case 413 -> "Too much";
      case 415 -> "Wrong type";
      case 429 -> "Too often";
      case 500 -> "A fault of this application";
      case 501 -> "Not available";
      case 502, 503, 504 -> "Not reachable";
      default -> "It can't be done";
    };
  }

  private static String sentence(int status) {
    return switch (status) {
      case 404 -> "There is nothing at this address.";
      case 405 -> "This address does not take requests of that method.";
      case 413 -> "That is more than %d KiB.".formatted(MOST_BODY >> 10);
      default -> "That can't be done.";
    };
  }

  /** The path without base. */
  private String local(Context context) {
    var path = context.path();
    return path.startsWith(settings.base()) ? path.substring(settings.base().length()) : path;
  }

  Page page(Context context, Visitor visitor) {
    return new Page(
        settings.base(),
        local(context),
        visitor.person(),
        visitor.csrf().orElse(""),
        version,
        settings.release());
  }

  String write(Object body) {
    try {
      return json.writeValueAsString(body);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  Bodies bodies() {
    return bodies;
  }

  Pages pages() {
    return pages;
  }

  Audit audit() {
    return audit;
  }

  Optional<Certificate> certificate() {
    return certificate;
  }

  List<Route> routes() {
    return routes;
  }

  /** Where it listens. */
  public int port() {
    return javalin.port();
  }

  @Override
  public void close() {
    // Otherwise it waits for them.
    streams.forEach(QueuedStream::close);
    javalin.stop();
  }

  /** A word for logs. */
  @Override
  public String toString() {
    return "%s://*:%d%s"
        .formatted(settings.certificate().isPresent() ? "https" : "http", port(), settings.base())
        .toLowerCase(Locale.ROOT);
  }
}

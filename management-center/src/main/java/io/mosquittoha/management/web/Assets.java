package io.mosquittoha.management.web;

import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * Scripts, styles and pictures: files of {@code resources/assets} and what comes from WebJars. Only
 * names of one plain form are looked up, so nothing else of the class path can be asked for.
 */
final class Assets {

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]*(\\.[a-z0-9]+)+");

  private static final Map<String, String> FROM_WEBJARS =
      Map.of(
          "htmx.js", "htmx.org:dist/htmx.min.js",
          "uplot.js", "uplot:dist/uPlot.iife.min.js",
          "uplot.css", "uplot:dist/uPlot.min.css");

  private static final Map<String, String> TYPES =
      Map.of(
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml",
          "png", "image/png",
          "ico", "image/x-icon",
          "woff2", "font/woff2",
          "webmanifest", "application/manifest+json");

  private static final Map<String, Asset> KNOWN = new ConcurrentHashMap<>();

  private Assets() {}

  private record Asset(String hash, String type, byte[] plain, byte[] zipped) {}

  /** Its path, with its hash. */
  static String address(String name) {
    return "/assets/%s/%s".formatted(find(name).hash(), name);
  }

  /** Answers; with a hash in the address, browsers need never ask again. */
  static void serve(Context context, String hash, String name) {
    var asset = find(name);
    var tag = '"' + asset.hash() + '"';
    context.header("ETag", tag);
    context.header("Vary", "Accept-Encoding");
    context.header(
        "Cache-Control",
        hash.equals(asset.hash()) ? "public, max-age=31536000, immutable" : "no-cache");
    if (tag.equals(context.header("If-None-Match"))) {
      context.status(304);
      return;
    }
    context.contentType(asset.type());
    context.disableCompression();
    var accepted = context.header("Accept-Encoding");
    if (accepted != null && accepted.contains("gzip") && asset.zipped().length > 0) {
      context.header("Content-Encoding", "gzip");
      context.result(asset.zipped());
    } else {
      context.result(asset.plain());
    }
  }

  private static Asset find(String name) {
    var known = KNOWN.get(name);
    if (known != null) {
      return known;
    }
    if (!NAME.matcher(name).matches()) {
      throw new Problem(404, "There is no such file.");
    }
    var type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    if (type == null) {
      throw new Problem(404, "There is no such file.");
    }
    var asset = load(name, type);
    KNOWN.put(name, asset);
    return asset;
  }

  private static Asset load(String name, String type) {
    try (var stream = Assets.class.getResourceAsStream(resource(name))) {
      if (stream == null) {
        throw new Problem(404, "There is no such file.");
      }
      var plain = stream.readAllBytes();
      var zipped = type.startsWith("text/") || type.contains("svg") ? zip(plain) : new byte[0];
      var digest = MessageDigest.getInstance("SHA-256").digest(plain);
      return new Asset(HexFormat.of().formatHex(digest, 0, 8), type, plain, zipped);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String resource(String name) throws IOException {
    var webjar = FROM_WEBJARS.get(name);
    if (webjar == null) {
      return "/assets/" + name;
    }
    var parts = webjar.split(":");
    var about = "/META-INF/maven/org.webjars.npm/%s/pom.properties".formatted(parts[0]);
    try (var stream = Assets.class.getResourceAsStream(about)) {
      if (stream == null) {
        throw new IOException(parts[0] + " is not among the libraries");
      }
      var properties = new Properties();
      properties.load(stream);
      return "/META-INF/resources/webjars/%s/%s/%s"
          .formatted(parts[0], properties.getProperty("version"), parts[1]);
    }
  }

  private static byte[] zip(byte[] plain) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var zip = new GZIPOutputStream(out)) {
      zip.write(plain);
    }
    return out.toByteArray();
  }
}

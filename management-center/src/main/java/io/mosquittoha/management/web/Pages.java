package io.mosquittoha.management.web;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.util.Map;

/** The compiled templates. */
final class Pages {

  private final TemplateEngine engine =
      TemplateEngine.createPrecompiled(
          null, ContentType.Html, Pages.class.getClassLoader(), "io.mosquittoha.management.pages");

  String render(String template, Map<String, Object> parameters) {
    var output = new StringOutput();
    engine.render(template, parameters, output);
    return output.toString();
  }
}

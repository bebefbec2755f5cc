package io.mosquittoha.manifests.schema;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonIgnore;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.runtime.RawExtension;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Walks through the getters of Kubernetes types in search of additional properties. */
final class UnknownFields {

  private static final Map<Class<?>, List<Method>> GETTERS = new ConcurrentHashMap<>();

  private UnknownFields() {}

  static void collect(@Nullable Object value, String path, Collection<String> found) {
    switch (value) {
      case GenericKubernetesResource generic -> {} // Has no type that could know its fields.
      case RawExtension raw -> {}
      case KubernetesResource resource -> resource(resource, path, found);
      case Map<?, ?> map ->
          map.forEach(
              (key, each) -> collect(each, ValueTree.join(path, String.valueOf(key)), found));
      case List<?> list -> {
        for (int i = 0; i < list.size(); i++) {
          collect(list.get(i), path + "[" + i + "]", found);
        }
      }
      case null, default -> {}
    }
  }

  private static void resource(KubernetesResource resource, String path, Collection<String> found) {
    for (var getter : GETTERS.computeIfAbsent(resource.getClass(), UnknownFields::getters)) {
      var value = call(getter, resource);
      if (getter.isAnnotationPresent(JsonAnyGetter.class)) {
        if (value instanceof Map<?, ?> unknown) {
          unknown.keySet().forEach(key -> found.add(ValueTree.join(path, String.valueOf(key))));
        }
      } else {
        collect(value, ValueTree.join(path, name(getter)), found);
      }
    }
  }

  private static List<Method> getters(Class<?> type) {
    var getters = new ArrayList<Method>();
    for (var method : type.getMethods()) {
      if (method.getParameterCount() == 0
          && method.getName().startsWith("get")
          && !method.isBridge()
          && (method.isAnnotationPresent(JsonAnyGetter.class)
              || (!method.isAnnotationPresent(JsonIgnore.class) && leadsOn(method)))) {
        getters.add(method);
      }
    }
    return List.copyOf(getters);
  }

  private static boolean leadsOn(Method method) {
    var type = method.getReturnType();
    return KubernetesResource.class.isAssignableFrom(type)
        || List.class.isAssignableFrom(type)
        || Map.class.isAssignableFrom(type);
  }

  private static @Nullable Object call(Method getter, Object of) {
    try {
      return getter.invoke(of);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + getter, e);
    }
  }

  private static String name(Method getter) {
    var name = getter.getName().substring("get".length());
    return name.isEmpty() ? name : Character.toLowerCase(name.charAt(0)) + name.substring(1);
  }
}

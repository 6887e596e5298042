package io.veilora.helm;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Holds an object to the Kubernetes API: whatever field its type does not have, it keeps among its additional
 * properties, and Kubernetes would drop it without a word.
 */
final class ApiTypes {
    private ApiTypes() {}

    /** @return the paths of fields that the API does not know; a type that it does not know is the one path {@code kind} */
    static List<String> unknownFields(JsonNode object) {
        List<String> unknown = new ArrayList<>();
        if (object.path("apiVersion").asText().startsWith("keda.sh/")) {
            KedaTypes.unknownFields(object, unknown);
            return unknown;
        }
        HasMetadata typed = Serialization.unmarshal(object.toString(), HasMetadata.class);
        if (typed instanceof GenericKubernetesResource) {
            return List.of("kind " + object.path("kind").asText() + " of "
                    + object.path("apiVersion").asText());
        }
        walk(typed, "", unknown);
        return unknown;
    }

    private static void walk(Object value, String path, List<String> unknown) {
        switch (value) {
            case null -> {}
            case Map<?, ?> map -> map.forEach((name, each) -> walk(each, path + "/" + name, unknown));
            case Collection<?> all -> all.forEach(each -> walk(each, path + "/*", unknown));
            case Object bean when bean.getClass().getName().startsWith("io.fabric8.") -> walkBean(bean, path, unknown);
            default -> {}
        }
    }

    private static void walkBean(Object bean, String path, List<String> unknown) {
        for (Method getter : bean.getClass().getMethods()) {
            if (getter.getParameterCount() != 0 || !getter.getName().startsWith("get")) {
                continue;
            }
            Object value = read(getter, bean);
            if (getter.getName().equals("getAdditionalProperties")) {
                ((Map<?, ?>) value).keySet().forEach(name -> unknown.add(path + "/" + name));
            } else {
                walk(value, path + "/" + getter.getName().substring(3), unknown);
            }
        }
    }

    private static Object read(Method getter, Object bean) {
        try {
            return getter.invoke(bean);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(getter + " cannot be called", e);
        }
    }
}

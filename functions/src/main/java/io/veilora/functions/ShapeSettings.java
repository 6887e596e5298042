package io.veilora.functions;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.PropertiesConfigSource;
import io.veilora.functions.ProviderConfig.Database;
import io.veilora.functions.broker.Topics;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * What {@code veilora.*} means for Quarkus' own settings (DESIGN §6): the shape is chosen by configuration only, and these
 * are the places where Quarkus wants to hear of it. Environment and system properties come before it. It is asked when the
 * program is built, too, and what it says then stays as a default: what must be unset in one shape is never set here by default.
 */
public final class ShapeSettings implements ConfigSourceFactory {
    /** After {@code application.properties} (250), before the environment (300). */
    private static final int ORDINAL = 275;

    private static final String STEPS_CHANNEL = "mp.messaging.incoming.steps.";
    private static final String RESULTS_CHANNEL = "mp.messaging.incoming.results.";

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        Map<String, String> derived = new HashMap<>();
        database(setting(context, "veilora.database", Database.H2.name()), derived);
        role(setting(context, "veilora.role", Role.ALL.name()), derived);
        String instance = setting(context, "veilora.steps.instance", null);
        if (instance != null) {
            derived.put(STEPS_CHANNEL + "group.instance.id", instance);
        }
        pool(setting(context, "veilora.steps.pool", null), derived);
        return List.of(new PropertiesConfigSource(derived, "veilora's shape", ORDINAL));
    }

    /** A role's process does not open the other role's channel; that nothing is connected there is no news. */
    private static void role(String role, Map<String, String> derived) {
        if (!Role.ALL.name().equalsIgnoreCase(role)) {
            String other = Role.GATEWAY.name().equalsIgnoreCase(role) ? STEPS_CHANNEL : RESULTS_CHANNEL;
            derived.put(other + "enabled", "false");
            derived.put("quarkus.log.category.\"io.smallrye.reactive.messaging.provider\".level", "ERROR");
        }
    }

    private static void pool(String pool, Map<String, String> derived) {
        derived.put(STEPS_CHANNEL + "topic", pool == null ? Topics.STEPS : Topics.steps(pool));
        derived.put(STEPS_CHANNEL + "group.id", pool == null ? Topics.STEPS_GROUP : Topics.STEPS_GROUP + "-" + pool);
    }

    private static void database(String database, Map<String, String> derived) {
        for (Database each : Database.values()) {
            String name = each.name().toLowerCase(Locale.ROOT);
            derived.put("quarkus.datasource." + name + ".active", Boolean.toString(name.equalsIgnoreCase(database)));
        }
    }

    private static String setting(ConfigSourceContext context, String name, String absent) {
        String value = context.getValue(name).getValue();
        return value == null ? absent : value;
    }
}

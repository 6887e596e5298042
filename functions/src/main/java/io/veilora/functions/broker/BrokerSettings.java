package io.veilora.functions.broker;

import java.nio.file.Path;
import java.util.Properties;

/**
 * Settings of the embedded broker: one node, both broker and controller, reachable from this machine only.
 *
 * @param folder where it keeps its log
 * @param port listener for any Kafka client; 0 takes a free one
 */
public record BrokerSettings(Path folder, int port) {
    public static final String HOST = "127.0.0.1";

    /** Kafka's own configuration, small and quick: no batching delays, no waits for a group that has one member. */
    Properties toKafka(int brokerPort, int controllerPort) {
        Properties kafka = new Properties();
        kafka.put("process.roles", "broker,controller");
        kafka.put("node.id", Integer.toString(EmbeddedBroker.NODE_ID));
        kafka.put("controller.quorum.voters", EmbeddedBroker.NODE_ID + "@" + HOST + ":" + controllerPort);
        kafka.put("listeners", "CLIENT://" + HOST + ":" + brokerPort + ",CONTROLLER://" + HOST + ":" + controllerPort);
        kafka.put("advertised.listeners", "CLIENT://" + HOST + ":" + brokerPort);
        kafka.put("listener.security.protocol.map", "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        kafka.put("inter.broker.listener.name", "CLIENT");
        kafka.put("controller.listener.names", "CONTROLLER");
        kafka.put("log.dirs", folder.toAbsolutePath().toString());
        kafka.put("auto.create.topics.enable", "false");
        kafka.put("offsets.topic.num.partitions", "1");
        kafka.put("offsets.topic.replication.factor", "1");
        kafka.put("transaction.state.log.replication.factor", "1");
        kafka.put("transaction.state.log.min.isr", "1");
        kafka.put("share.coordinator.state.topic.replication.factor", "1");
        kafka.put("share.coordinator.state.topic.min.isr", "1");
        kafka.put("group.initial.rebalance.delay.ms", "0");
        kafka.put("group.min.session.timeout.ms", "1000");
        kafka.put("num.network.threads", "2");
        kafka.put("num.io.threads", "4");
        kafka.put("num.replica.fetchers", "1");
        kafka.put("background.threads", "2");
        kafka.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20));
        kafka.put("log.segment.bytes", Integer.toString(64 << 20));
        // The controller takes a broker that comes back only when its last session is over or was ended properly.
        kafka.put("broker.session.timeout.ms", "2000");
        kafka.put("broker.heartbeat.interval.ms", "200");
        return kafka;
    }
}

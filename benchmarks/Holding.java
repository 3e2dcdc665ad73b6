import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * Kafka Streams as a peer: consume, decide, keep state, produce; what benchmarks/peers.py compares with.
 *
 * <p>java Holding EACH BOOTSTRAP FROM TO FOLDER. EACH is the milliseconds after which it commits, 0 for as it comes. One
 * thread, else with the settings that Kafka Streams comes with: a persistent store (RocksDB), and its changelog in
 * Kafka. It decides what decided() in holding.py does.
 */
public final class Holding implements Processor<String, byte[], String, byte[]> {
    private static final String STORE = "held";
    private static final int CARTON = 12;
    private final ObjectMapper json = new ObjectMapper();
    private ProcessorContext<String, byte[]> context;
    private KeyValueStore<String, Long> store;

    @Override
    public void init(ProcessorContext<String, byte[]> given) {
        context = given;
        store = given.getStateStore(STORE);
    }

    @Override
    public void process(Record<String, byte[]> record) {
        try {
            Long before = store.get(record.key());
            context.forward(record.withValue(decided(record.key(), record.value(), before == null ? 0 : before)));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private byte[] decided(String stream, byte[] value, long before) throws IOException {
        JsonNode event = json.readTree(value);
        JsonNode data = event.get("data");
        JsonNode quantity = data.get("quantity");
        String kind = event.get("type").textValue().split("\\.")[2];
        boolean cartons = quantity.get("unit").textValue().equals("CT");
        long asked = Long.parseLong(quantity.get("amount").textValue()) * (cartons ? CARTON : 1);
        boolean takes = kind.equals("Issued") || kind.equals("ReserveStock");
        boolean enough = !(takes || kind.equals("Moved")) || asked <= before;
        long held = before;
        if (kind.equals("Received")) {
            held += asked;
        } else if (kind.equals("Counted")) {
            held = asked;
        } else if (takes && enough) {
            held -= asked;
        }
        store.put(stream, held);
        return json.writeValueAsBytes(
                json.createObjectNode()
                        .put("type", enough ? "Enough" : "Refused")
                        .put("cause", event.get("id").textValue())
                        .put("part", data.get("part").textValue())
                        .put("asked", asked)
                        .put("held", held));
    }

    /** Until it is killed. */
    public static void main(String[] told) {
        Topology topology = new Topology();
        topology.addSource("from", Serdes.String().deserializer(), Serdes.ByteArray().deserializer(), told[2]);
        topology.addProcessor("decide", Holding::new, "from");
        topology.addStateStore(
                Stores.keyValueStoreBuilder(
                        Stores.persistentKeyValueStore(STORE), Serdes.String(), Serdes.Long()),
                "decide");
        topology.addSink("to", told[3], Serdes.String().serializer(), Serdes.ByteArray().serializer(), "decide");
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, told[2]);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, told[1]);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, told[4]);
        settings.put("auto.offset.reset", "earliest");
        if (!told[0].equals("0")) {
            settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, told[0]);
        }
        KafkaStreams streams = new KafkaStreams(topology, settings);
        streams.setUncaughtExceptionHandler(
                failed -> {
                    failed.printStackTrace();
                    Runtime.getRuntime().halt(1);
                    return null;
                });
        streams.start();
    }
}
